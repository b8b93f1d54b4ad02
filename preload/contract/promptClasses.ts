import type { TextRange } from './caption.ts';
import { parsePhrase } from './phrase.ts';

/** A class of things that a prompt counts: "two brown horses". */
export interface PromptClass {
  /** Its noun in the singular, lower case: "horse". */
  readonly class: string;
  readonly attributes: readonly string[];
  /** Where they stand in the prompt. */
  readonly attributeRanges: readonly TextRange[];
  readonly count: number;
  /** Where the noun stands in the prompt. */
  readonly range: TextRange;
}

const NUMBERS: Readonly<Record<string, number>> = {
  a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10,
  eleven: 11, twelve: 12, dozen: 12, 'a pair of': 2, 'a couple of': 2, 'a dozen': 12, both: 2,
}; // prettier-ignore

const IRREGULAR: Readonly<Record<string, string>> = {
  people: 'person', men: 'man', women: 'woman', children: 'child', mice: 'mouse', geese: 'goose', feet: 'foot',
  teeth: 'tooth', oxen: 'ox', knives: 'knife', wolves: 'wolf', leaves: 'leaf', loaves: 'loaf', shelves: 'shelf',
  potatoes: 'potato', tomatoes: 'tomato', heroes: 'hero', buses: 'bus', lenses: 'lens', scarves: 'scarf',
  calves: 'calf', halves: 'half', elves: 'elf', thieves: 'thief',
}; // prettier-ignore

/** Most of one class; GLIGEN has 30 grounding tokens. */
const MAX_COUNT = 30;

const QUANTITY =
  /(?<![\p{L}\p{N}])(?:a pair of|a couple of|a dozen|dozen|both|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})\s+/giu;

/** What ends the words that belong to a quantity. */
const PHRASE_END =
  /[,;.:!?()[\]{}|]|(?<!\p{L})(?:and|with|next|on|in|at|under|over|above|below|behind|beside|near|by|inside|into|from|to|for|of|that|which|who|is|are|wearing|holding|standing|sitting|riding|running|walking)(?!\p{L})/iu;

/** Words after which a counted thing is scenery, not a subject: "a dog on a hill". */
const SCENERY = /(?<!\p{L})(?:on|in|at|under|over|above|below|behind|inside|into|through|across|of)\s+$/iu;

/**
 * The things a prompt counts, in order: "two horses and a dog on a hill" has two horses and one dog. Only what
 * follows a number or "a" counts; what stands behind a preposition of place does not, nor does "a photo of".
 */
export function promptClasses(prompt: string): PromptClass[] {
  const counted = withoutMarks(prompt);
  return [...counted.matchAll(QUANTITY)].flatMap(({ 0: quantity, index }) => {
    const start = index + quantity.length;
    if (SCENERY.test(counted.slice(0, index)) && !isAfterPicture(counted.slice(0, index))) return [];
    const rest = counted.slice(start);
    const next = rest.search(QUANTITY_AHEAD);
    const stop = rest.search(PHRASE_END);
    const length = Math.min(...[next, stop, rest.length].filter((position) => position >= 0));
    const phrase = { start, end: start + length };
    const parts = parsePhrase(counted, phrase);
    if (parts === null) return [];
    const noun = counted.slice(parts.noun.start, parts.noun.end).toLowerCase();
    const count = countOf(quantity);
    if (PICTURES.has(noun) || count < 1 || count > MAX_COUNT) return [];
    const attributes = parts.attributes.map(({ start: from, end }) => counted.slice(from, end));
    const name = count > 1 ? singular(noun) : noun;
    return [{ class: name, attributes, attributeRanges: parts.attributes, count, range: parts.noun }];
  });
}

/**
 * Commas for what other programs read as commands (`<lora:two_cats:0.8>`, BREAK, `embedding:three`): they count nothing
 * and end a phrase. Every position stays.
 */
function withoutMarks(prompt: string): string {
  return prompt.replace(
    /<[a-z]+\s*:[^<>]*>|(?<![\p{L}\p{N}])(?:BREAK|AND)(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])embedding:[^\s,]+/gu,
    (mark) => ','.repeat(mark.length),
  );
}

const QUANTITY_AHEAD = new RegExp(QUANTITY.source, 'iu');

/** What a prompt may say it is: "a photo of two horses" counts the horses. */
const PICTURES = new Set(
  'photo photograph picture image painting drawing illustration sketch render watercolour watercolor portrait'.split(
    ' ',
  ),
);

function isAfterPicture(before: string): boolean {
  const word = /(\p{L}+)\s+of\s+$/iu.exec(before)?.[1];
  return word !== undefined && PICTURES.has(word.toLowerCase());
}

function countOf(quantity: string): number {
  const text = quantity.trim().toLowerCase().replace(/\s+/g, ' ');
  return NUMBERS[text] ?? Number(text);
}

/** The singular of an English plural; a word that is none stays as it is. */
export function singular(noun: string): string {
  const words = noun.split(' ');
  const last = words.pop() ?? '';
  return [...words, singularWord(last)].join(' ');
}

function singularWord(word: string): string {
  const irregular = IRREGULAR[word];
  if (irregular !== undefined) return irregular;
  if (/[^aeiou]ies$/.test(word)) return word.replace(/ies$/, 'y');
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  if (/[^su]s$/.test(word) && !/is$/.test(word)) return word.slice(0, -1);
  return word;
}
