/** Characters of a whole message; what a system says about a failed device stays whole. */
export const MAX_MESSAGE = 4000;
/** Characters of one value in a message, a path or a name. */
export const MAX_VALUE = 1000;
/** Characters of a name in a table or a list. */
export const MAX_NAME = 200;

/** Room for the note of what is left out. */
const NOTE = 48;

/**
 * What a terminal or a page would act on instead of showing it: control characters (escape sequences), format characters
 * (those that turn the direction of text, that have no width, tags), separators of lines and paragraphs, and halves of
 * surrogate pairs. U+200C and U+200D stay: Persian and many emoji are written with them.
 */
const hidden = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Text from a file, a name or another program as it can be shown safely on one line: line breaks and tabs become one
 * space, every other character that is not visible becomes `\u{...}`, and a long text loses its middle, since a sentence
 * begins with what is wrong and ends with what to do.
 *
 * @param limit characters of the result (UTF-16), at least 100
 */
export function printable(text: string, limit = MAX_MESSAGE): string {
  const whole = text.length <= limit ? pieces(text).join('') : null;
  if (whole !== null && whole.length <= limit) return whole;
  const room = limit - NOTE;
  // Only what may be shown is looked at: a text of many megabytes costs no more than a short one.
  const start = within(splitText(text.slice(0, limit)), Math.ceil((room * 2) / 3));
  const end = within(splitText(text.slice(-limit)).reverse(), Math.floor(room / 3)).reverse();
  const kept = [...start, ...end].join('').length;
  const left = (text.length - kept).toLocaleString('en');
  return `${start.map(shown).join('')} … (${left} characters left out) … ${end.map(shown).join('')}`;
}

const pieces = (text: string): string[] => splitText(text).map(shown);

/** Code points; a run of line breaks and the space around it is one. */
function splitText(text: string): string[] {
  return text.match(/[ ]*[\t\r\n]\s*|[^]/gu) ?? [];
}

function shown(piece: string): string {
  if (/[\t\r\n]/.test(piece)) return ' ';
  return hidden.test(piece) ? `\\u{${(piece.codePointAt(0) ?? 0).toString(16)}}` : piece;
}

/** The first of them that fit when they are shown. */
function within(all: readonly string[], room: number): string[] {
  let used = 0;
  const end = all.findIndex((piece) => (used += shown(piece).length) > room);
  return all.slice(0, end === -1 ? all.length : end);
}
