import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file in hex, read in pieces. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const options = signal === undefined ? {} : { signal };
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, options);
  return hash.digest('hex');
}

/**
 * One SHA-256 for several files: the hash of their hashes in the given order. It names a model whose
 * weights lie in several files.
 */
export async function sha256OfFiles(paths: readonly string[], signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(await sha256OfFile(path, signal));
  return hash.digest('hex');
}
