import { add, cast, div, full, greater, maximum, minimum, mul, sub } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import { reduceMax, reduceSum, sumAll } from '../graph/ops/reduce.ts';
import { reshape, transpose } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { MapSize } from './attentionOperator.ts';
import type { ObjectiveInputs } from './inputs.ts';
import { noOverlap, ownership, pairedRows, worstOf } from './overlap.ts';

/**
 * Attention [pixels, L] as shares of the attention to the caption's words alone: a softmax over the words' scores, seen
 * after the mean over heads. Begin, end and padding tokens, which take most of it, drop out.
 *
 * @param words 1 for the tokens of the caption's words, 0 for all others [1, L]
 */
export function amongWords(attention: Tensor, words: Tensor): Tensor {
  const own = mul(attention, words);
  const sum = reduceSum(own, [1]);
  return div(own, maximum(sum, full(sum, 1e-8)));
}

/**
 * 1 - the smoothed peak of each instance's class word, in its box where it has one: the mean over the instances whose
 * words the caption holds (Attend-and-Excite's term), shape [].
 *
 * @param maps [N, HW] shares among the words
 * @param inputs the selection that made the maps [L, N], and where each may lie, 0..1 [N, HW]; null: anywhere
 */
export function absence(
  maps: Tensor,
  size: MapSize,
  { classTokens, places }: Pick<ObjectiveInputs, 'classTokens' | 'places'>,
): Tensor {
  const smooth = smoothed(maps, size);
  const peak = reduceMax(places ? mul(smooth, places) : smooth, [1]);
  const spoken = transpose(reduceMax(classTokens, [0]), [1, 0]);
  const named = cast(greater(spoken, full(spoken, 0)), 'float32');
  const missing = sumAll(mul(named, sub(full(peak, 1), peak)));
  return div(missing, maximum(sumAll(named), full(named, 1)));
}

/**
 * Grounding tokens that are seen in a box which is not theirs, and pixels of two boxes that belong to neither more: the
 * share of a pair's cells where that is so, for the worst pair, shape [].
 *
 * @param maps attention to each box's grounding token [N, HW]
 * @param places cells of each box, 0..1 [N, HW]
 */
export function foreignGrounding(maps: Tensor, places: Tensor, repel: Tensor): Tensor {
  if (sizeAt(maps.shape, 0) < 2) return noOverlap(maps);
  const [a, b] = pairedRows(ownership(maps));
  const [inA, inB] = pairedRows(places);
  const without = (one: Tensor, other: Tensor): Tensor => mul(one, sub(full(other, 1), other));
  const foreign = add(mul(without(inA, inB), b), mul(without(inB, inA), a));
  const contested = mul(mul(inA, inB), minimum(a, b));
  const cells = reduceSum(maximum(inA, inB), [1]);
  return worstOf(div(reduceSum(add(foreign, contested), [1]), maximum(cells, full(cells, 1e-6))), repel);
}

/** Maps in rows [m, HW] after a 3 x 3 mean with weights 0.21, 0.58, 0.21 each way, the borders mirrored. */
export function smoothed(maps: Tensor, { height, width }: MapSize): Tensor {
  const { graph } = maps;
  const image = reshape(maps, [-1, height, width]);
  const down = graph.constant(smoothingMatrix(height), [height, height]);
  const across = graph.constant(smoothingMatrix(width), [width, width]);
  return reshape(matmul(matmul(down, image), transpose(across, [1, 0])), [-1, height * width]);
}

/** Attend-and-Excite's kernel (utils/gaussian_smoothing.py, sigma 0.5 as its formula has it). */
const CENTRE = 1 / (1 + 2 * Math.exp(-1));

function smoothingMatrix(count: number): Float32Array {
  const matrix = new Float32Array(count * count);
  if (count === 1) return matrix.fill(1);
  const mirrored = (i: number): number => (i < 0 ? -i : i >= count ? 2 * count - 2 - i : i);
  for (let row = 0; row < count; row++) {
    for (const [step, weight] of [
      [-1, (1 - CENTRE) / 2],
      [0, CENTRE],
      [1, (1 - CENTRE) / 2],
    ] as const) {
      const at = row * count + mirrored(row + step);
      matrix[at] = (matrix[at] ?? 0) + weight;
    }
  }
  return matrix;
}
