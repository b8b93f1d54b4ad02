import { open, stat } from 'node:fs/promises';
import { decodeText } from '../engine/decodeText.ts';
import { UserError } from '../engine/errors.ts';

/** A plain file of at most `limit` bytes. @throws UserError above that or for anything but a file */
export async function readLimitedBytes(path: string, limit: number): Promise<Buffer> {
  // stat first: opening a named pipe would wait for ever.
  if (!(await stat(path)).isFile()) throw new UserError(`${path} is not a file.`);
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > limit) throw new UserError(`${path} has ${size} bytes; at most ${limit} can be read.`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** A text file of at most `limit` bytes. @throws UserError above that or when it is no text; the file system's error */
export async function readLimited(path: string, limit: number): Promise<string> {
  return decodeText(await readLimitedBytes(path, limit), path);
}
