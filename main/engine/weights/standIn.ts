import { UserError } from '../errors.ts';

/** As many bytes from a file's start as tell. */
export const TELLING_BYTES = 160;

/**
 * What is often found under the name of a file of weights without being one: git's pointer to it, the web page that a
 * login wall or a mirror sent instead, or the error message that curl and wget keep of a refused download.
 *
 * @param start the first bytes of a file that cannot be weights, up to `TELLING_BYTES`
 * @throws UserError when it is one of these
 */
export function refuseStandIn(file: string, start: Uint8Array): void {
  const text = new TextDecoder().decode(start).trim();
  if (text.startsWith('version https://git-lfs')) {
    throw new UserError(
      `${file}: is only a Git LFS pointer, not the weights; fetch them with "git lfs pull", or download the file itself.`,
    );
  }
  if (/^<(?:\?xml[^>]*>\s*<)?Error\b/.test(text)) throw errorMessage(file, 'XML', text);
  if (text.startsWith('<')) {
    throw new UserError(
      `${file}: is a web page, not weights; download the file itself (some pages want a login first).`,
    );
  }
  if (start[0] === 0x1f && start[1] === 0x8b) {
    throw new UserError(`${file}: is packed with gzip; unpack it ("gunzip"), or download the file itself.`);
  }
  if (!isText(text)) return;
  throw errorMessage(file, /^[[{]/.test(text) ? 'JSON' : 'text', text);
}

function errorMessage(file: string, form: string, text: string): UserError {
  const words = text.replaceAll(/\s+/g, ' ');
  const start = words.length > 100 ? `${words.slice(0, 100)}…` : words;
  return new UserError(
    `${file}: is not weights but ${form}, perhaps what a server answered instead of the file: ${start} — download it again (some models want an accepted licence and a token first).`,
  );
}

/** Letters, digits, signs and spaces alone; a letter that was cut in two at the end may be broken. */
function isText(text: string): boolean {
  return text !== '' && !/[\p{Cc}\uFFFD]/u.test(text.replaceAll(/[\t\r\n]|\uFFFD$/g, ''));
}
