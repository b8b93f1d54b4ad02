import { intOf } from '../op.ts';
import { gemm, matmul } from '../ops/linear.ts';
import { sumTo } from '../ops/reduce.ts';
import { transposeLast } from '../ops/shaping.ts';
import { sizeAt } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { first, type VjpRules } from './vjp.ts';

/** A^T B, by transposing the narrower of the two: of a map and values, the values. */
const transposedProduct = (a: Tensor, b: Tensor): Tensor =>
  sizeAt(a.shape, -1) > sizeAt(b.shape, -1)
    ? transposeLast(matmul(transposeLast(b), a))
    : matmul(transposeLast(a), b);

export const linearVjps: VjpRules = {
  // Y = A B: dA = dY B^T, dB = A^T dY, each summed over the batch axes that were broadcast.
  MatMul: ({ input, gradient, needs }) => {
    const dy = gradient(0);
    if (!dy) return [];
    return [
      needs(0) ? sumTo(matmul(dy, transposeLast(input(1))), input(0).shape) : null,
      needs(1) ? sumTo(transposedProduct(input(0), dy), input(1).shape) : null,
    ];
  },
  // Y = X W^T: dX = dY W, the same weight read the other way round. No gradient of weights.
  Gemm: first((dy, { input, node }) => gemm(dy, input(1), null, intOf(node.parameters, 'transB') === 0)),
};
