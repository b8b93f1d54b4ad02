import type { TextRange } from './caption.ts';
import { DETERMINERS, headIndex } from './caption.ts';

/** What a phrase is about, as ranges of the text it stands in. */
export interface PhraseParts {
  /** Its noun: one word, or the two of a compound such as "teddy bear". */
  readonly noun: TextRange;
  /** The words before the noun that say what it is like, in order. */
  readonly attributes: readonly TextRange[];
}

/** Words between attributes that say nothing by themselves. */
const STOP_WORDS = new Set(
  'and or with of very really quite rather more most less so too but as like'.split(' '),
);

/** Nouns of two words whose first word is no attribute: COCO's class names of that kind and a few like them. */
const COMPOUNDS = new Set(
  [
    'traffic light', 'fire hydrant', 'stop sign', 'parking meter', 'sports ball', 'baseball bat', 'baseball glove',
    'tennis racket', 'wine glass', 'hot dog', 'potted plant', 'dining table', 'cell phone', 'teddy bear',
    'hair drier', 'hair dryer', 'ice cream', 'polar bear', 'rubber duck', 'hot air balloon', 'christmas tree',
  ].flatMap((name) => [name, `${name}s`, `${name}es`]),
); // prettier-ignore

/**
 * Takes a noun phrase apart: the noun is the last word before the first preposition ("man with a red hat" is
 * about a man), the attributes are the words before it without articles, numbers and other stop words. What
 * follows a preposition is neither: a hat is not what a man is like.
 *
 * @param text the text that holds the phrase
 * @param phrase the phrase's range in it; all of it unless given
 * @returns null when there is no word
 */
export function parsePhrase(
  text: string,
  phrase: TextRange = { start: 0, end: text.length },
): PhraseParts | null {
  const words = wordRanges(text, phrase);
  const written = words.map(({ start, end }) => text.slice(start, end).toLowerCase());
  const head = headIndex(written);
  const last = words[head];
  if (last === undefined) return null;
  const first = compoundStart(written, head);
  const noun = { start: words[first]?.start ?? last.start, end: last.end };
  const attributes = words.slice(0, first).filter((_, index) => {
    const word = written[index] ?? '';
    return !STOP_WORDS.has(word) && !DETERMINERS.has(word) && !/^\p{N}+$/u.test(word);
  });
  return { noun, attributes };
}

/** Index of the first word of the noun that ends at `head`. */
function compoundStart(words: readonly string[], head: number): number {
  for (const length of [3, 2]) {
    const first = head - length + 1;
    if (first >= 0 && COMPOUNDS.has(words.slice(first, head + 1).join(' '))) return first;
  }
  return head;
}

/** Words between white space, without the punctuation around them. */
export function wordRanges(text: string, { start, end }: TextRange): TextRange[] {
  return [...text.slice(start, end).matchAll(/[\p{L}\p{N}](?:\S*[\p{L}\p{N}])?\p{M}*/gu)].map(
    ({ 0: word, index }) => ({ start: start + index, end: start + index + word.length }),
  );
}
