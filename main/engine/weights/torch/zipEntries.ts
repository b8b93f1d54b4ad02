import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { BOUNDS } from '../../../files/bounds.ts';
import { messageOf, UserError } from '../../errors.ts';

/** An entry of a zip file whose bytes lie in the file as they are. */
export interface ZipEntry {
  readonly name: string;
  /** Of the first byte of its data, from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** 0 is stored; anything else means that the bytes are compressed. */
  readonly compressionMethod: number;
  readonly encrypted: boolean;
}

/**
 * The entries of a zip file by name, zip64 too. No data is read.
 *
 * @throws UserError when the file is not a sound zip
 */
export async function readZipEntries(path: string): Promise<ReadonlyMap<string, ZipEntry>> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${path}: cannot be read (${error.code ?? error.message}).`);
  });
  try {
    const reader = new Reader(handle, path);
    return await Promise.race([readEntries(path, reader, (await handle.stat()).size), reader.failed]);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: is not a sound zip file (${messageOf(error)}); download it again.`);
  } finally {
    await handle.close();
  }
}

async function readEntries(
  path: string,
  reader: Reader,
  size: number,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const zip = await openZip(reader, size);
  if (zip.entryCount > BOUNDS.torchEntries) {
    throw new UserError(`${path}: claims ${zip.entryCount} entries; it is not a model file.`);
  }
  const entries = new Map<string, ZipEntry>();
  for (const entry of await centralDirectory(zip)) {
    if (entries.has(entry.fileName)) {
      throw new UserError(`${path}: holds "${entry.fileName}" twice; the file is damaged.`);
    }
    entries.set(entry.fileName, {
      name: entry.fileName,
      offset: await dataStart(zip, entry),
      byteLength: entry.compressedSize,
      compressionMethod: entry.compressionMethod,
      encrypted: (entry.generalPurposeBitFlag & 1) !== 0,
    });
  }
  return entries;
}

/**
 * Reads for yauzl with every position checked: its own reader hands positions of a zip64 record to fs.read as they
 * are, which throws outside of any promise and so would end the process.
 */
class Reader extends yauzl.RandomAccessReader {
  private readonly handle: FileHandle;
  private readonly path: string;
  /** Rejects when yauzl throws over what it read. */
  readonly failed: Promise<never>;
  private fail: (error: unknown) => void = () => undefined;

  constructor(handle: FileHandle, path: string) {
    super();
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => undefined);
    this.handle = handle;
    this.path = path;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.readFully(buffer, offset, length, position)
      .then(
        () => null,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      )
      .then(callback)
      .catch(this.fail);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.path, { start, end: end - 1 });
  }

  private async readFully(buffer: Buffer, offset: number, length: number, position: number): Promise<void> {
    if (!Number.isSafeInteger(position) || position < 0)
      throw new Error('a position lies outside of the file');
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.handle.read(
        buffer,
        offset + filled,
        length - filled,
        position + filled,
      );
      if (bytesRead === 0) throw new Error('it ends too early');
      filled += bytesRead;
    }
  }
}

function openZip(reader: Reader, size: number): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.fromRandomAccessReader(reader, size, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });
}

function centralDirectory(zip: yauzl.ZipFile): Promise<yauzl.Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: yauzl.Entry[] = [];
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: yauzl.Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

/** The local header tells where the data starts: torch pads its extra field for alignment. yauzl checks the end. */
function dataStart(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<number> {
  return new Promise((resolve, reject) => {
    zip.readLocalFileHeader(entry, { minimal: true }, (error, header) => {
      if (error) reject(error);
      else resolve(header.fileDataStart);
    });
  });
}
