/**
 * The caption that is made from the boxes, and where each box's words stand in a caption.
 * The one function for the engine (tokens of a box) and the renderer (colours of the words).
 */

/** Half-open range of UTF-16 indices, as String.prototype.slice takes it. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Words that stand where an article would; a phrase that starts with one keeps it and gets no other. */
export const DETERMINERS: ReadonlySet<string> = new Set(
  (
    'a an the some any no every each another this that these those my your his her its our their ' +
    'one two three four five six seven eight nine ten eleven twelve several many few both lots various'
  ).split(' '),
);

/** Plurals without s and nouns that are not counted: neither takes "a". */
const WITHOUT_ARTICLE = new Set(
  (
    'people men women children mice geese feet teeth oxen cattle police ' +
    'water snow grass sand fire smoke fog rain ice sky hair bread rice furniture clothing fruit'
  ).split(' '),
);

/** Singulars that end in s and are not caught by the endings ss, us and is. */
const SINGULAR_S = new Set(['lens', 'gas', 'atlas', 'canvas', 'pancreas', 'christmas', 'chaos']);

/** Where the head of a noun phrase ends: "dogs | on a hill". */
const PREPOSITIONS = new Set(
  (
    'with of on in at under over above below behind beside near by for from to inside outside into onto ' +
    'between against along around across without that which who wearing holding standing sitting riding'
  ).split(' '),
);

const AN_THOUGH_CONSONANT = /^(hour|honest|heir|hono(u)?r|x-ray|mri|sms|fbi)/;
const A_THOUGH_VOWEL = /^(uni([^nm]|m$)|use|usu|uti|ute|euro|eu|ewe|one\b|once|ukulele|ufo|u-)/;

function words(phrase: string): string[] {
  return phrase.trim().split(/\s+/).filter(Boolean);
}

function startsWithDeterminer(parts: readonly string[]): boolean {
  const first = (parts[0] ?? '').toLowerCase();
  return DETERMINERS.has(first) || /^\d/.test(first);
}

/** Index of the last word before the first preposition: the noun that the phrase is about. */
export function headIndex(parts: readonly string[]): number {
  const cut = parts.findIndex((word, index) => index > 0 && PREPOSITIONS.has(word.toLowerCase()));
  return (cut === -1 ? parts.length : cut) - 1;
}

function takesNoArticle(parts: readonly string[]): boolean {
  const head = (parts[headIndex(parts)] ?? '').toLowerCase().replace(/[^\p{L}-]+$/u, '');
  if (!/^\p{Script=Latin}/u.test(parts[0] ?? '')) {
    return true;
  }
  return WITHOUT_ARTICLE.has(head) || (/[^sui]s$/.test(head) && !SINGULAR_S.has(head));
}

function article(word: string): string {
  const lower = word.toLowerCase();
  const vowel = /^[aeiouà-åè-ïò-öù-ü]/.test(lower);
  return (vowel && !A_THOUGH_VOWEL.test(lower)) || AN_THOUGH_CONSONANT.test(lower) ? 'an' : 'a';
}

/** "red car" -> "a red car"; an article or number that is there already stays; plurals get none. */
export function withArticle(phrase: string): string {
  const parts = words(phrase);
  const text = parts.join(' ');
  const first = parts[0];
  if (first === undefined || startsWithDeterminer(parts) || takesNoArticle(parts)) {
    return text;
  }
  return `${article(first)} ${text}`;
}

/**
 * "a red car, a blue dog and a sheep": every phrase is mentioned once, in order; empty ones are left out.
 * No phrases give an empty caption.
 */
export function captionFromPhrases(phrases: readonly string[]): string {
  const parts = phrases.map(withArticle).filter((part) => part !== '');
  const last = parts.pop();
  if (last === undefined) {
    return '';
  }
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

/** The words of a phrase without a leading "a", "an" or "the". */
function bare(phrase: string): string[] {
  const parts = words(phrase);
  return parts.length > 1 && /^(a|an|the)$/i.test(parts[0] ?? '') ? parts.slice(1) : parts;
}

function occurrences(caption: string, parts: readonly string[], suffix: string): TextRange[] {
  if (parts.length === 0) {
    return [];
  }
  const body = parts.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\s+');
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${body}${suffix}(?![\\p{L}\\p{N}])`, 'giu');
  return [...caption.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

const overlaps = (a: TextRange, b: TextRange): boolean => a.start < b.end && b.start < a.end;

/**
 * Where each phrase stands in the caption (without its article), or null when it is not mentioned.
 * Longer phrases choose first, so that "dog" never takes the word out of "hot dog"; equal phrases take
 * successive mentions, and share the last one when there are fewer mentions than boxes. A caption that
 * the user wrote is searched for the whole phrase, then its plural, then its noun alone.
 */
export function captionRanges(caption: string, phrases: readonly string[]): (TextRange | null)[] {
  const found: (TextRange | null)[] = phrases.map(() => null);
  const taken: TextRange[] = [];
  const last = new Map<string, TextRange>();
  const order = phrases.map((_, index) => index);
  const length = (index: number): number => bare(phrases[index] ?? '').join(' ').length;
  order.sort((a, b) => length(b) - length(a) || a - b);

  const search = (suffix: string, reduce: (parts: string[]) => string[]): void => {
    for (const index of order) {
      if (found[index] !== null) {
        continue;
      }
      const parts = reduce(bare(phrases[index] ?? ''));
      const key = parts.join(' ').toLowerCase();
      const range =
        occurrences(caption, parts, suffix).find((one) => !taken.some((other) => overlaps(one, other))) ??
        last.get(key);
      if (range !== undefined) {
        taken.push(range);
        last.set(key, range);
        found[index] = range;
      }
    }
  };
  search('', (parts) => parts);
  search('(?:s|es)', (parts) => parts);
  search('(?:s|es)?', (parts) => parts.slice(headIndex(parts), headIndex(parts) + 1));
  return found;
}

/**
 * A caption as a document holds it. One that says exactly what would be made of the phrases is taken as made: it goes on
 * following the boxes.
 *
 * @param text undefined where none was written
 */
export function captionOf(
  text: string | undefined,
  phrases: readonly string[],
): { text: string; edited: boolean } {
  const made = captionFromPhrases(phrases).slice(0, MAX_CAPTION);
  return text === undefined || text === made ? { text: made, edited: false } : { text, edited: true };
}

/** Characters of a caption. */
export const MAX_CAPTION = 2000;
