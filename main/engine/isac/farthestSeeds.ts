import { full, mul, minimum, square, sub, add, mulScalar } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import { reduceMax, reduceSum } from '../graph/ops/reduce.ts';
import { concat, transpose } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { AttentionOperator } from './attentionOperator.ts';
import { firstMaximum } from './firstMaximum.ts';
import { coordinateRows } from './kmeans.ts';

/**
 * Seeds for K-means where there are no boxes: the foreground pixel that means most, then again and again the one
 * farthest from all chosen so far (Gonzalez 1985), in the features that kMeans uses.
 *
 * @param semantic maps [N, HW]; their maximum picks the first pixel.
 * @param foreground [1, HW], 0 or 1.
 * @returns one-hot rows [N, HW].
 */
export function farthestSeeds(
  attention: AttentionOperator,
  semantic: Tensor,
  foreground: Tensor,
  coordinateWeight: number,
): Tensor {
  const { graph } = semantic;
  const [count, pixels] = [sizeAt(semantic.shape, 0), sizeAt(semantic.shape, 1)];
  const places = mulScalar(graph.constant(coordinateRows(attention.size), [2, pixels]), coordinateWeight);
  const rows = attention.dense();
  const norms = add(transpose(reduceSum(square(rows), [1]), [1, 0]), reduceSum(square(places), [0]));

  const distancesTo = (seed: Tensor): Tensor => {
    const inner = add(
      transpose(matmul(rows, transpose(matmul(seed, rows), [1, 0])), [1, 0]),
      matmul(matmul(seed, transpose(places, [1, 0])), places),
    );
    return sub(add(norms, reduceSum(mul(norms, seed), [1])), mulScalar(inner, 2));
  };
  // Background pixels score below every foreground pixel.
  const best = (scores: Tensor): Tensor =>
    firstMaximum(add(mul(scores, foreground), sub(foreground, full(scores, 1))));

  const seeds = [best(reduceMax(semantic, [0]))];
  let nearestSeed = distancesTo(seeds[0] ?? semantic);
  for (let k = 1; k < count; k++) {
    const seed = best(nearestSeed);
    seeds.push(seed);
    nearestSeed = minimum(nearestSeed, distancesTo(seed));
  }
  return concat(seeds, 0);
}
