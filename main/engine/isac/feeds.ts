import type { Box } from '../../../preload/contract/layout.ts';
import type { IsacSettings } from '../../../preload/contract/isac.ts';
import type { BoxTokens } from '../text/boxTokens.ts';
import { boxCover } from '../masks/assignment.ts';
import type { MapSize } from './attentionOperator.ts';
import { ATTRIBUTES_PER_BOX, type ObjectiveSizes } from './inputs.ts';
import { pairsOf } from './pairs.ts';
import type { Lambdas } from './schedule.ts';

/** What the objective is fed besides the model's own inputs; constant over the steps but for the lambdas. */
export interface ObjectiveFeeds extends Record<string, Float32Array> {
  readonly seeds: Float32Array;
  readonly class_tokens: Float32Array;
  readonly attribute_tokens: Float32Array;
  readonly attributes: Float32Array;
  readonly repel: Float32Array;
  readonly repel_semantic: Float32Array;
  /** 1 for the tokens of the caption's words. */
  readonly words: Float32Array;
  /** Cells of each box at the size of the semantic maps. */
  readonly places: Float32Array;
}

/** What a layout or a prompt is to the objective. */
export interface Subjects {
  /** None for a prompt: its graph seeks the seeds itself. */
  readonly boxes: readonly Box[];
  /** One entry per box or instance. */
  readonly tokens: readonly BoxTokens[];
  /** Pairs of box indices that are not pushed apart. */
  readonly exempt: readonly (readonly [number, number])[];
  /** For every position of the caption's token sequence, whether a word of the caption stands there. */
  readonly words: readonly boolean[];
}

/** Feeds of an objective for a layout, or for the instances of a prompt. */
export function objectiveFeeds(
  { boxes, tokens, exempt, words }: Subjects,
  { size, semanticSize }: ObjectiveSizes,
  { semantic, wordShare }: Pick<IsacSettings, 'semantic' | 'wordShare'>,
): ObjectiveFeeds {
  const tokenCount = words.length;
  const cover = ({ width, height }: MapSize): Float32Array =>
    Float32Array.from(boxes.flatMap((box) => [...boxCover(box, width, height)]));
  // The pieces of a word share out what its word gets; without such shares their mean stands for the word.
  const spread = wordShare === 'words' ? sumInto : meanInto;
  const count = tokens.length;
  const repel = repelWeights(count, exempt);
  const columns = ATTRIBUTES_PER_BOX * count;
  const classTokens = new Float32Array(tokenCount * count);
  const attributeTokens = new Float32Array(tokenCount * columns);
  const attributes = new Float32Array(columns);
  tokens.forEach((token, k) => {
    spread(classTokens, token.classTokens, count, k);
    token.attributeTokens.slice(0, ATTRIBUTES_PER_BOX).forEach((positions, a) => {
      if (positions.length === 0 || token.classTokens.length === 0) return;
      spread(attributeTokens, positions, columns, a * count + k);
      attributes[a * count + k] = 1;
    });
  });
  return {
    seeds: cover(size),
    places: cover(semanticSize),
    words: Float32Array.from(words, (word) => (word ? 1 : 0)),
    class_tokens: classTokens,
    attribute_tokens: attributeTokens,
    attributes,
    repel,
    repel_semantic: semantic === 'caption' && count > 1 ? withoutSharedTokens(repel, tokens) : repel,
  };
}

/** The schedule's weights as the objective's input. */
export const lambdaFeed = ({ instance, semantic }: Lambdas, grounding: number): Float32Array =>
  new Float32Array([instance, semantic, grounding]);

/** Column `column` of a [rows, columns] matrix becomes the mean over the given rows. */
function meanInto(matrix: Float32Array, rows: readonly number[], columns: number, column: number): void {
  for (const row of rows) matrix[row * columns + column] = 1 / rows.length;
}

/** Column `column` of a [rows, columns] matrix becomes the sum over the given rows. */
function sumInto(matrix: Float32Array, rows: readonly number[], columns: number, column: number): void {
  for (const row of rows) matrix[row * columns + column] = 1;
}

/** 1 for every pair of boxes but the exempted ones. */
function repelWeights(count: number, exempt: readonly (readonly [number, number])[]): Float32Array {
  const key = (i: number, j: number): string => `${Math.min(i, j)} ${Math.max(i, j)}`;
  const free = new Set(exempt.map(([i, j]) => key(i, j)));
  const pairs = pairsOf(count);
  return pairs.length === 0
    ? new Float32Array(1)
    : Float32Array.from(pairs, ([i, j]) => (free.has(key(i, j)) ? 0 : 1));
}

/**
 * P_repel of equation 10: token pairs of different classes or instances. Boxes that share their caption tokens
 * ("two dogs") have one and the same map, which cannot be pushed apart from itself.
 */
function withoutSharedTokens(weights: Float32Array, tokens: readonly BoxTokens[]): Float32Array {
  const names = tokens.map(({ classTokens }) => classTokens.join());
  return Float32Array.from(pairsOf(tokens.length), ([i, j], pair) =>
    names[i] === names[j] ? 0 : (weights[pair] ?? 0),
  );
}
