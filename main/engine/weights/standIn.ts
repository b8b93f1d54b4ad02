import { UserError } from '../errors.ts';

/** As many bytes from a file's start as tell. */
export const TELLING_BYTES = 48;

/**
 * What is often found under the name of a file of weights without being one: git's pointer to it, or the web page that a
 * login wall or a mirror sent instead.
 *
 * @param start the first bytes of a file that cannot be weights, up to `TELLING_BYTES`
 * @throws UserError when it is one of these
 */
export function refuseStandIn(file: string, start: Uint8Array): void {
  const text = new TextDecoder().decode(start).trimStart();
  if (text.startsWith('version https://git-lfs')) {
    throw new UserError(
      `${file}: is only a Git LFS pointer, not the weights; fetch them with "git lfs pull", or download the file itself.`,
    );
  }
  if (text.startsWith('<')) {
    throw new UserError(
      `${file}: is a web page, not weights; download the file itself (some pages want a login first).`,
    );
  }
}
