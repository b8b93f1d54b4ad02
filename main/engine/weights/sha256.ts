import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * SHA-256 of a file in hex, read in pieces.
 *
 * @param onBytes told how much of it has been read
 */
export async function sha256OfFile(
  path: string,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  const options = { highWaterMark: 1024 * 1024, ...(signal === undefined ? {} : { signal }) };
  let bytes = 0;
  for await (const chunk of createReadStream(path, options) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes?.(bytes);
  }
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
