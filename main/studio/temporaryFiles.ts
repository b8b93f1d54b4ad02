import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sentence, type SentenceValue } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { fileError } from '../projects/fileErrors.ts';
import { safeName } from '../projects/names.ts';

/** A file of this run of the program: sent by the page, or waiting to be downloaded by it. */
export interface TemporaryFile {
  readonly id: string;
  /** What to call it in messages and in the browser's downloads. */
  readonly name: string;
  readonly path: string;
}

/** Runs work on a temporary file; its errors call the file as the user does, not by the place where it lies meanwhile. */
export async function calledByName<T>({ path, name }: TemporaryFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || !error.message.includes(path)) throw error;
    throw new UserError(renamed(error.sentence ?? error.message, path, name));
  }
}

function renamed<T extends SentenceValue>(said: T, path: string, name: string): T;
function renamed(said: SentenceValue, path: string, name: string): SentenceValue {
  if (typeof said === 'string') return said.replaceAll(path, name);
  if (typeof said === 'number') return said;
  const values = Object.entries(said.values).map(
    ([key, value]) => [key, renamed(value, path, name)] as const,
  );
  return { id: said.id, values: Object.fromEntries(values) };
}

const DAY_MS = 86_400_000;

/** The most files that are kept; the oldest go first. */
const MAX_FILES = 50;

/** Uploads and downloads, in a folder that goes with the program. */
export class TemporaryFiles {
  readonly #parent: string;
  readonly #limit: number;
  #folder: Promise<string> | null = null;
  readonly #files = new Map<string, TemporaryFile>();

  /**
   * @param parent holds one folder per run of the program
   * @param limit bytes of one upload
   */
  constructor(parent: string, limit: number) {
    this.#parent = parent;
    this.#limit = limit;
  }

  /** Keeps what a stream brings. @throws UserError when it is too long or the disk refuses; nothing is kept then */
  async receive(stream: AsyncIterable<Uint8Array>, name: string): Promise<TemporaryFile> {
    const limit = this.#limit;
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Uint8Array, _, done) {
        bytes += chunk.length;
        if (bytes > limit) done(new UserError(`${name} is too large: at most ${limit} bytes can be sent.`));
        else done(null, chunk);
      },
    });
    const file = await this.reserve(name);
    try {
      await pipeline(
        Readable.from(stream, { objectMode: false }),
        measure,
        createWriteStream(file.path, { flags: 'wx' }),
      );
    } catch (error) {
      await this.remove(file.id);
      throw fileError('receive', file.name, error);
    }
    return file;
  }

  /** A place to write a file or folder at. */
  async reserve(name: string): Promise<TemporaryFile> {
    this.#folder ??= this.#makeFolder();
    const folder = await this.#folder;
    const id = randomUUID();
    await mkdir(join(folder, id));
    const safe = safeName(name, 'file');
    const file = { id, name: safe, path: join(folder, id, safe) };
    this.#files.set(id, file);
    const [oldest] = this.#files.keys();
    if (this.#files.size > MAX_FILES && oldest !== undefined) await this.remove(oldest);
    return file;
  }

  /** @throws UserError when it is gone */
  get(id: string): TemporaryFile {
    const file = this.#files.get(id);
    if (file === undefined) throw new UserError(sentence('upload.gone', {}));
    return file;
  }

  async remove(id: string): Promise<void> {
    const folder = await this.#folder;
    if (folder === null || !this.#files.delete(id)) return;
    await rm(join(folder, id), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    const folder = await this.#folder;
    this.#files.clear();
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }

  async #makeFolder(): Promise<string> {
    await mkdir(this.#parent, { recursive: true });
    // What a crash left behind.
    for (const name of await readdir(this.#parent)) {
      const path = join(this.#parent, name);
      const age = Date.now() - (await stat(path)).mtimeMs;
      if (age > DAY_MS) await rm(path, { recursive: true, force: true });
    }
    return mkdtemp(join(this.#parent, 'run-'));
  }
}
