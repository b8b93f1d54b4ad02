import type { TextRange } from '../../../preload/contract/caption.ts';

/** One code point of normalised text and the part of the source it came from (UTF-16 indices). */
export interface SourcedChar extends TextRange {
  readonly char: string;
}

export type SourcedWord = readonly SourcedChar[];

/**
 * The words of a text as transformers' CLIPTokenizer sees them when the package ftfy is not installed:
 * BasicTokenizer(strip_accents=False, do_split_on_punc=False) (tokenization_clip.py, 4.49.0). Control
 * characters, unassigned ones and U+FFFD vanish, CJK ideographs become words of their own, each word is
 * brought to NFC, then to lower case (in this order; the result may be out of NFC again).
 *
 * With ftfy installed transformers repairs mojibake and replaces curly quotes and full-width letters instead;
 * diffusers' own parity is defined without it here, as ftfy is optional for both.
 *
 * What counts as unassigned or as a letter follows the Unicode version of the JavaScript engine, as it follows
 * Python's there: characters newer than either may differ.
 */
export function normalisedWords(text: string, start = 0): SourcedWord[] {
  return sourceWords(text, start).map((word) => lowerCased(composed(word)));
}

/** Splits on white space and around ideographs, and drops what is not text. */
function sourceWords(text: string, start: number): SourcedChar[][] {
  const words: SourcedChar[][] = [];
  let word: SourcedChar[] = [];
  const endWord = (): void => {
    if (word.length > 0) words.push(word);
    word = [];
  };
  let at = start;
  for (const char of text) {
    const item = { char, start: at, end: at + char.length };
    at = item.end;
    if (/^[\t\n\r\p{Zs}\u2028\u2029]$/u.test(char)) {
      endWord();
    } else if (char === '\ufffd' || /^\p{C}$/u.test(char)) {
      continue;
    } else if (isIdeograph(char.codePointAt(0) ?? 0)) {
      endWord();
      word.push(item);
      endWord();
    } else {
      word.push(item);
    }
  }
  endWord();
  return words;
}

/** The CJK Unified Ideographs blocks, as BasicTokenizer._is_chinese_char lists them. */
function isIdeograph(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b820 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}

const textOf = (word: SourcedWord): string => word.map(({ char }) => char).join('');

/** NFC. Composition stays within a base character and its marks, or a Hangul syllable; so do the sources. */
function composed(word: SourcedWord): SourcedWord {
  const whole = textOf(word);
  const wanted = whole.normalize('NFC');
  if (wanted === whole) return word;
  const clusters: SourcedChar[][] = [];
  for (const item of word) {
    const last = clusters.at(-1);
    if (last !== undefined && /^[\p{M}\u1160-\u11ff]$/u.test(item.char)) last.push(item);
    else clusters.push([item]);
  }
  const result = clusters.flatMap((cluster) => spread(textOf(cluster).normalize('NFC'), cluster));
  // Should composition ever cross clusters, the text counts and every character points at the whole word.
  return textOf(result) === wanted ? result : spread(wanted, word);
}

/** Lower case in the context of the whole word (a final sigma differs), full mappings ("İ" becomes two). */
function lowerCased(word: SourcedWord): SourcedWord {
  const whole = textOf(word);
  const wanted = whole.toLowerCase();
  if (wanted === whole) return word;
  const chars = [...wanted];
  let at = 0;
  const result = word.flatMap((item) => {
    const length = [...item.char.toLowerCase()].length;
    at += length;
    return spread(chars.slice(at - length, at).join(''), [item]);
  });
  return textOf(result) === wanted ? result : spread(wanted, word);
}

/** Characters that all come from the same stretch of the source. */
function spread(text: string, from: readonly SourcedChar[]): SourcedChar[] {
  const start = from[0]?.start ?? 0;
  const end = from.at(-1)?.end ?? start;
  return [...text].map((char) => ({ char, start, end }));
}
