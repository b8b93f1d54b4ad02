import { add, div, full, maximum, minimum, mul, mulScalar, square, sub } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import { reduceMax, reduceSum } from '../graph/ops/reduce.ts';
import { concat, slice, transpose } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { MapSize } from './attentionOperator.ts';
import { firstMaximum } from './firstMaximum.ts';
import { coordinateRows } from './kmeans.ts';
import { smoothed } from './semanticTerms.ts';

/** From this distance on (the picture is 2 wide) a seed no longer lowers another's score. */
const APART = 0.5;

/**
 * Seeds for K-means where there are no boxes: for each instance the peak of its words' map, away from the peaks that are
 * taken, because instances of one class share their map and those of two classes may peak at one place.
 *
 * @param semantic maps [N, HW], >= 0
 * @param foreground [1, HW], 0 or 1
 * @returns weights [N, HW]: 3 x 3 pixels around each peak
 */
export function peakSeeds(semantic: Tensor, foreground: Tensor, size: MapSize): Tensor {
  const { graph } = semantic;
  const [count, pixels] = [sizeAt(semantic.shape, 0), sizeAt(semantic.shape, 1)];
  const places = graph.constant(coordinateRows(size), [2, pixels]);
  const maps = smoothed(semantic, size);
  // From 0 to 1, so that every map has a peak of the same height.
  const peaks = div(maps, maximum(reduceMax(maps, [1]), full(maps, 1e-12)));
  // Even a map that is zero all over gets a pixel of the foreground that is not taken.
  const heights = mul(add(peaks, full(peaks, 1e-3)), foreground);
  const seeds: Tensor[] = [];
  let free: Tensor | null = null;
  for (let k = 0; k < count; k++) {
    const own = slice(heights, 0, k, k + 1);
    const seed = firstMaximum(free ? mul(own, free) : own);
    const at = matmul(places, transpose(seed, [1, 0]));
    const distance = reduceSum(square(sub(places, at)), [0]);
    const away = minimum(mulScalar(distance, APART ** -2), full(distance, 1));
    free = free ? minimum(free, away) : away;
    seeds.push(seed);
  }
  return smoothed(concat(seeds, 0), size);
}
