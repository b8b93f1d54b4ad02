import type { Shape, Tensor } from './ir.ts';
import { add, mul } from './ops/elementwise.ts';
import { gemmPlus } from './ops/linear.ts';
import { reshape } from './ops/shaping.ts';

/**
 * How `grad` writes down sums, multiples and reshapes of gradients. A rewriting pass (rewrite/) is another one of these:
 * the values are the same, the nodes that compute them are not.
 */
export interface Accumulation {
  /** sum + x; both may broadcast. */
  accumulate(sum: Tensor, x: Tensor): Tensor;
  /** x times a factor that broadcasts to it. */
  scale(x: Tensor, factor: Tensor): Tensor;
  /** The same elements in another shape. */
  reshape(x: Tensor, shape: Shape): Tensor;
  /** A tensor that is computed for x and no later than it: what only waits for x waits for this one. */
  awaited(x: Tensor): Tensor;
}

/** Each operation as one node; a sum with a matrix product that adds nothing yet is part of that product. */
export const plainAccumulation: Accumulation = {
  accumulate: (sum, x) => gemmPlus(x, sum) ?? add(sum, x),
  scale: mul,
  reshape,
  awaited: (x) => x,
};
