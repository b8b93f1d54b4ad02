import { iou } from './geometry/rect.ts';
import type { LayoutDocument } from './document.ts';
import { visibleBoxes } from './document.ts';

/** Cosine similarity of two phrases, -1..1. */
export type Similarity = (a: string, b: string) => number;

export interface PairHardness {
  readonly a: string;
  readonly b: string;
  readonly iou: number;
  readonly similarity: number;
  /** iou x similarity: what the pair adds to the score. */
  readonly score: number;
}

export interface Hardness {
  /** OverLayScore (OverLayBench, arXiv 2509.19282): sum over pairs of IoU x cosine of the phrases' embeddings. */
  readonly score: number;
  /** The pair that adds most, or null when no two boxes overlap. */
  readonly worst: PairHardness | null;
  /** Overlapping pairs, hardest first. */
  readonly pairs: readonly PairHardness[];
}

/** How hard the visible boxes of a layout are to keep apart. */
export function layoutHardness(document: LayoutDocument, similarity: Similarity): Hardness {
  const boxes = visibleBoxes(document);
  const pairs: PairHardness[] = [];
  boxes.forEach((a, index) => {
    for (const b of boxes.slice(index + 1)) {
      const overlap = iou(a.box, b.box);
      if (overlap > 0) {
        const alike = similarity(a.phrase, b.phrase);
        pairs.push({ a: a.id, b: b.id, iou: overlap, similarity: alike, score: overlap * alike });
      }
    }
  });
  pairs.sort((left, right) => right.score - left.score);
  return {
    score: pairs.reduce((sum, pair) => sum + pair.score, 0),
    worst: pairs[0] ?? null,
    pairs,
  };
}

/** For looking up what a model makes of two phrases, whichever comes first. */
export function phrasePair(a: string, b: string): string {
  return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}

/** Phrases of overlapping pairs that are not among `known` (keys of phrasePair), each once. */
export function unknownPhrases(document: LayoutDocument, known: ReadonlyMap<string, number>): string[] {
  const phrases = new Set<string>();
  const phraseOf = new Map(document.boxes.map(({ id, phrase }) => [id, phrase.trim()]));
  for (const { a, b } of layoutHardness(document, () => 0).pairs) {
    const [left = '', right = ''] = [phraseOf.get(a), phraseOf.get(b)];
    if (left !== '' && right !== '' && left !== right && !known.has(phrasePair(left, right))) {
      phrases.add(left).add(right);
    }
  }
  return [...phrases];
}

/** What a model makes of phrases where that is known, and their words where it is not yet. */
export function similarityOf(known: ReadonlyMap<string, number>): Similarity {
  return (a, b) => known.get(phrasePair(a.trim(), b.trim())) ?? wordSimilarity(a, b);
}

function bag(phrase: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of phrase.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    if (!['a', 'an', 'the'].includes(word)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

const norm = (counts: ReadonlyMap<string, number>): number =>
  Math.sqrt([...counts.values()].reduce((sum, count) => sum + count * count, 0));

/**
 * Stands in for the embeddings until the engine gives them: the cosine of the phrases' word counts without
 * articles, brought from 0..1 to 0.5..1. The half is a choice, not a measurement: two phrases without a
 * word in common still name two things in one place.
 */
export const wordSimilarity: Similarity = (a, b) => {
  const left = bag(a);
  const right = bag(b);
  const product = norm(left) * norm(right);
  if (product === 0) {
    return 0.5;
  }
  let dot = 0;
  for (const [word, count] of left) {
    dot += count * (right.get(word) ?? 0);
  }
  return 0.5 + (0.5 * dot) / product;
};
