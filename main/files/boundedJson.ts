import { UserError } from '../engine/errors.ts';
import type { JsonBound } from './bounds.ts';

/** JSON that is not parsed because it exceeds its bound; `reason` is the end of a sentence about the file. */
export class JsonBoundError extends UserError {
  readonly reason: string;

  constructor(name: string, reason: string) {
    super(`${name} ${reason}.`);
    this.reason = reason;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Why JSON text is not parsed, as the end of a sentence ("nests ... deep"); null when it keeps to its bound. One pass
 * over the bytes, no memory, no recursion. Text that is not JSON at all may pass: the parser refuses it.
 *
 * @param bytes UTF-8, in which no byte of a longer character looks like a bracket or a quote
 */
export function jsonTrouble(bytes: Uint8Array, bound: JsonBound): string | null {
  const { length } = bytes;
  if (length > bound.bytes)
    return `has ${length} bytes of JSON; at most ${bound.bytes} are read, it is not what its name says`;
  let depth = 0;
  // Every value but the first of a list or object stands behind a comma.
  let values = 1;
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfText(bytes, at);
    } else if (byte === LIST || byte === OBJECT) {
      depth += 1;
      values += 1;
      if (depth > bound.depth)
        return `has lists or objects more than ${bound.depth} deep inside of each other; it is damaged or made to do harm`;
    } else if (byte === LIST_END || byte === OBJECT_END) {
      depth -= 1;
    } else if (byte === COMMA) {
      values += 1;
    }
    if (values > bound.values)
      return `holds more than ${bound.values} values; it is not what its name says, or made to do harm`;
  }
  return null;
}

/** The place of the quote that ends a text; the end of the bytes when there is none. */
function endOfText(bytes: Uint8Array, start: number): number {
  // The native search is some ten times as fast as a loop: texts of megabytes are pictures.
  let end = bytes.indexOf(QUOTE, start + 1);
  while (end >= 0) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = bytes.indexOf(QUOTE, end + 1);
  }
  return bytes.length;
}

/**
 * JSON.parse for text from outside, after its size, depth and number of values were checked.
 *
 * @param text a text, or UTF-8 bytes
 * @param name what messages call the file
 * @throws JsonBoundError when it exceeds the bound; SyntaxError when it is not JSON
 */
export function parseBoundedJson(text: string | Uint8Array, bound: JsonBound, name: string): unknown {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const trouble = jsonTrouble(bytes, bound);
  if (trouble !== null) throw new JsonBoundError(name, trouble);
  return JSON.parse(typeof text === 'string' ? text : new TextDecoder('utf-8').decode(bytes));
}
