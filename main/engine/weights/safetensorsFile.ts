import { open, realpath } from 'node:fs/promises';
import { requireFile, unreadable } from './fileTrouble.ts';
import { HEADER_PREFIX_BYTES, headerLengthOf, parseSafetensorsHeader } from './safetensorsHeader.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensorsHeader.ts';
import { TELLING_BYTES } from './standIn.ts';
import type { TensorDirectory, TensorEntry } from './tensorDirectory.ts';

/**
 * The directory of a safetensors file (https://github.com/huggingface/safetensors#format): its header is
 * read and checked, its data is not touched.
 */
export class SafetensorsFile implements TensorDirectory {
  readonly source: string;
  readonly names: readonly string[];
  /** Absolute, links resolved. */
  readonly path: string;
  /** Bytes of the JSON header; the data starts at 8 + headerLength. */
  readonly headerLength: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;

  private constructor(path: string, headerLength: number, header: SafetensorsHeader) {
    this.source = path;
    this.path = path;
    this.names = [...header.tensors.keys()];
    this.headerLength = headerLength;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
  }

  /** @throws UserError when the file is missing, unreadable or not a sound safetensors file */
  static async open(path: string): Promise<SafetensorsFile> {
    await requireFile(path);
    const resolved = await realpath(path);
    const handle = await open(resolved, 'r').catch(async (error: unknown) => {
      throw await unreadable(path, error);
    });
    try {
      const stat = await handle.stat();
      const start = await readUpTo(Math.max(HEADER_PREFIX_BYTES, TELLING_BYTES), 0);
      const headerLength = headerLengthOf(path, start, stat.size);
      const header = await readUpTo(headerLength, HEADER_PREFIX_BYTES);
      return new SafetensorsFile(resolved, headerLength, parseSafetensorsHeader(path, header, stat.size));
    } finally {
      await handle.close();
    }

    async function readUpTo(length: number, position: number): Promise<Uint8Array> {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    }
  }

  get(name: string): TensorEntry | undefined {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) return undefined;
    const { begin, byteLength, dtype, shape } = tensor;
    return { file: this.path, offset: begin, byteLength, dtype, shape };
  }
}
