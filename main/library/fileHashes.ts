import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256OfFile } from '../engine/weights/sha256.ts';
import { writeFileAtomic } from '../projects/atomicFile.ts';
import { changeShared } from '../projects/sharedFile.ts';

const cacheSchema = z.record(
  z.string(),
  z.strictObject({ bytes: z.number(), modified: z.number(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
);

/** SHA-256 of files, remembered by size and time of change: gigabytes are read once. */
export class FileHashes {
  readonly #file: string;

  /** @param data the library's data folder */
  constructor(data: string) {
    this.#file = join(data, 'hashes.json');
  }

  /** The hash when it is known and the file has not changed since; null otherwise. */
  async known(path: string): Promise<string | null> {
    const remembered = (await this.#read())[path];
    const now = await stat(path).catch(() => undefined);
    return remembered?.bytes === now?.size && remembered?.modified === now?.mtimeMs
      ? (remembered?.sha256 ?? null)
      : null;
  }

  /** The hash that was noted last, of whatever the file was then. */
  async last(path: string): Promise<string | null> {
    return (await this.#read())[path]?.sha256 ?? null;
  }

  /** Reads the file and remembers its hash, unless another is expected. */
  async compute(
    path: string,
    signal?: AbortSignal,
    {
      onBytes,
      expected = null,
    }: { readonly onBytes?: (bytes: number) => void; readonly expected?: string | null } = {},
  ): Promise<string> {
    const before = await stat(path);
    const sha256 = await sha256OfFile(path, signal, onBytes);
    if (expected !== null && expected !== sha256) return sha256;
    await this.remember(path, sha256, { bytes: before.size, modified: before.mtimeMs });
    return sha256;
  }

  /** Notes a hash that was found on the way, as by a download. */
  remember(path: string, sha256: string, at?: { bytes: number; modified: number }): Promise<void> {
    return changeShared(this.#file, async () => {
      const info = at ?? (await stat(path).then(({ size, mtimeMs }) => ({ bytes: size, modified: mtimeMs })));
      const cache = { ...(await this.#read()), [path]: { ...info, sha256 } };
      await writeFileAtomic(this.#file, `${JSON.stringify(cache, null, 1)}\n`);
    });
  }

  /** A damaged cache is no loss. */
  async #read(): Promise<z.infer<typeof cacheSchema>> {
    try {
      return cacheSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      return {};
    }
  }
}
