import { cast, equal, mul } from '../graph/ops/elementwise.ts';
import { reduceMax } from '../graph/ops/reduce.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';

/** One-hot [1, HW] of the first largest value. */
export function firstMaximum(scores: Tensor): Tensor {
  const { graph } = scores;
  const pixels = sizeAt(scores.shape, 1);
  const hit = cast(equal(scores, reduceMax(scores, [1])), 'float32');
  // Among equal values the one with the smallest index: weights fall from 1 towards 1/2.
  const order = graph.constant(
    Float32Array.from({ length: pixels }, (_, i) => 1 - i / (2 * pixels)),
    [1, pixels],
  );
  const ranked = mul(hit, order);
  return cast(equal(ranked, reduceMax(ranked, [1])), 'float32');
}
