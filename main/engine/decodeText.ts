import { UserError } from './errors.ts';

/**
 * The text of a file: UTF-8, or UTF-16 as PowerShell and some editors save it (by its byte order mark, or by the zero
 * bytes beside the first two letters; RFC 4627, section 3, for JSON). A byte order mark is not part of the text.
 *
 * @param name what to call the file in messages
 * @throws UserError naming the first line that is in another encoding, so that no letter changes in silence
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const line = firstBadLine(bytes, encoding);
    const called = encoding === 'utf-8' ? 'UTF-8' : 'UTF-16';
    throw new UserError(`${name}: is not ${called} text (line ${line}); save it in the encoding UTF-8.`);
  }
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

function encodingOf([a, b, c, d]: Uint8Array): Encoding {
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const text = (value: number | undefined): boolean => value !== undefined && value !== 0;
  const zero = (value: number | undefined): boolean => value === 0 || value === undefined;
  if (text(a) && b === 0 && text(c) && zero(d)) return 'utf-16le';
  if (a === 0 && text(b) && zero(c) && text(d)) return 'utf-16be';
  return 'utf-8';
}

/** Where the text stops to be one: the longest start that can be read ends in this line. */
function firstBadLine(bytes: Uint8Array, encoding: Encoding): number {
  const readable = (end: number): string | null => {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
    } catch {
      return null;
    }
  };
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (readable(middle) === null) bad = middle;
    else good = middle;
  }
  return (readable(good) ?? '').split('\n').length;
}
