import type { TextRange } from '../../../preload/contract/caption.ts';
import { captionRanges } from '../../../preload/contract/caption.ts';
import type { EncodedText } from './clipTokenizer.ts';
import { parsePhrase, wordRanges } from '../../../preload/contract/phrase.ts';

/**
 * Where a box's words stand in the caption: positions in the token sequence, the begin token counted. P_repel
 * (equation 10) are the pairs of class tokens of different boxes, P_bind (equation 11) those of a box's class
 * and each of its attributes.
 */
export interface BoxTokens {
  /** Tokens of the phrase's noun; empty when the caption does not mention the box. */
  readonly classTokens: readonly number[];
  /** One list of positions per attribute ("light", "blue"). */
  readonly attributeTokens: readonly (readonly number[])[];
}

export interface CaptionTokens {
  /** One entry per phrase, in order. */
  readonly boxes: readonly BoxTokens[];
  /** Sentences for the user: boxes whose words cannot guide anything. */
  readonly warnings: readonly string[];
}

/**
 * Finds every box's tokens in a caption. Boxes with the same phrase get successive mentions and share the last
 * one where there are too few; where only the noun is mentioned, attributes are looked for before it, up to the
 * comma, conjunction or other noun that ends its clause (see `captionRanges`).
 *
 * @param encoded the caption as the tokenizer encoded it, truncated or not
 */
export function captionTokens(
  caption: string,
  phrases: readonly string[],
  encoded: Pick<EncodedText, 'ranges'>,
): CaptionTokens {
  const mentions = captionRanges(caption, phrases);
  const warnings: string[] = [];
  const boxes = phrases.map((phrase, index): BoxTokens => {
    const mention = mentions[index] ?? null;
    const parts = mention === null ? null : parsePhrase(caption, mention);
    if (mention === null || parts === null) {
      warnings.push(
        `Box ${index + 1} ("${phrase}") is not mentioned in the caption; its words guide nothing.`,
      );
      return { classTokens: [], attributeTokens: [] };
    }
    const classTokens = tokensOf(encoded, parts.noun);
    if (classTokens.length === 0) {
      warnings.push(
        `Box ${index + 1} ("${phrase}") is mentioned too late in the caption, behind what the model reads; shorten the caption.`,
      );
    }
    const attributes =
      parts.attributes.length > 0 ? parts.attributes : attributesBefore(caption, parts.noun, phrase);
    return {
      classTokens,
      attributeTokens: attributes
        .map((range) => tokensOf(encoded, range))
        .filter((tokens) => tokens.length > 0),
    };
  });
  return { boxes, warnings };
}

/** Positions whose part of the text overlaps a range. */
export function tokensOf({ ranges }: Pick<EncodedText, 'ranges'>, { start, end }: TextRange): number[] {
  return ranges.flatMap((range, position) =>
    range !== null && range.start < end && start < range.end ? [position] : [],
  );
}

/**
 * Attributes of the phrase in the clause that leads to a noun: "a red and shiny car" mentions "red car" by its
 * noun, and "red" belongs to it.
 */
function attributesBefore(caption: string, noun: TextRange, phrase: string): TextRange[] {
  const parts = parsePhrase(phrase);
  if (parts === null || parts.attributes.length === 0) return [];
  const wanted = new Set(parts.attributes.map(({ start, end }) => phrase.slice(start, end).toLowerCase()));
  const before = caption.slice(0, noun.start);
  // "and" between two attributes does not end a clause; "and a" does.
  const ends = [
    ...before.matchAll(
      /[,;.:]|(?<![\p{L}])(?:and|with|or|next to|beside|near)\s+(?=(?:an?|the|one|two|three|four|five)\s)/giu,
    ),
  ];
  const last = ends.at(-1);
  const start = last === undefined ? 0 : last.index + last[0].length;
  return wordRanges(caption, { start, end: noun.start }).filter(({ start: from, end }) =>
    wanted.has(caption.slice(from, end).toLowerCase()),
  );
}
