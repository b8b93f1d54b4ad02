import { lstat, readlink, stat } from 'node:fs/promises';
import { UserError } from '../errors.ts';

/**
 * Why a file of a model cannot be opened, in one sentence.
 *
 * @param error what the system said
 * @param missing the sentence's end where there is nothing at all
 */
export async function unreadable(
  path: string,
  error: unknown,
  missing = 'there is no such file',
): Promise<UserError> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const link = (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(
        link
          ? `${path}: is a link to ${await readlink(path)}, which does not exist; get that file again, or put it back.`
          : `${path}: ${missing}.`,
      );
    case 'ELOOP':
      return new UserError(`${path}: is a link that leads back to itself; get the file again.`);
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        `${path}: this user may not read it (${code}); give yourself the right to read it and to enter its folders.`,
      );
    default:
      return new UserError(`${path}: cannot be read (${code || String(error)}).`);
  }
}

/**
 * Before a file is opened: opening a pipe would wait for its other end, for ever.
 *
 * @throws UserError when it cannot be looked at, or is no file
 */
export async function requireFile(path: string): Promise<void> {
  const info = await stat(path).catch(async (error: unknown) => {
    throw await unreadable(path, error);
  });
  if (info.isFile()) return;
  throw new UserError(`${path}: is ${info.isDirectory() ? 'a folder, not a file' : 'not a file'}.`);
}
