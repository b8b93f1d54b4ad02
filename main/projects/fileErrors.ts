import { messageOf, UserError } from '../engine/errors.ts';

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'something of that name is already there',
  ENOTEMPTY: 'a folder of that name is already there and not empty',
  EACCES: 'access is denied; check its permissions',
  EPERM: 'access is denied; check its permissions',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full; free some space and try again',
  EDQUOT: 'the disk quota is used up; free some space and try again',
  EBUSY: 'another program is using it',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  EIO: 'the disk reports an error',
};

/** The `code` of a Node file system error; '' for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * One sentence for a failed file operation: `fileError('save', path, error)` says
 * "Cannot save /a/b: the disk is full; free some space and try again." A UserError passes unchanged.
 */
export function fileError(verb: string, path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError(`Cannot ${verb} ${path}: ${causes[codeOf(error)] ?? messageOf(error)}.`, {
    cause: error,
  });
}
