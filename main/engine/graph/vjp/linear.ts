import { intOf } from '../defineOp.ts';
import { gemm, matmul } from '../ops/linear.ts';
import { sumTo } from '../ops/reduce.ts';
import { transposeLast } from '../ops/shaping.ts';
import { sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';
import { perInput, type VjpRules } from './vjp.ts';

/** A^T B, by transposing the narrower of the two: of a map and values, the values. */
const transposedProduct = (a: Tensor, b: Tensor): Tensor =>
  sizeAt(a.shape, -1) > sizeAt(b.shape, -1)
    ? transposeLast(matmul(transposeLast(b), a))
    : matmul(transposeLast(a), b);

export const linearVjps: VjpRules = {
  // Y = A B: dA = dY B^T, dB = A^T dY, each summed over the batch axes that were broadcast.
  MatMul: perInput(
    (dy, { input }) => sumTo(matmul(dy, transposeLast(input(1))), input(0).shape),
    (dy, { input }) => sumTo(transposedProduct(input(0), dy), input(1).shape),
  ),
  // Y = X W^T + C: dX = dY W, the same weight read the other way round; dW = dY^T X; dC = dY, summed where C was broadcast.
  Gemm: perInput(
    (dy, { input, node }) => gemm(dy, input(1), null, intOf(node.parameters, 'transB') === 0),
    (dy, { input, node }) =>
      intOf(node.parameters, 'transB') === 1
        ? transposedProduct(dy, input(0))
        : transposedProduct(input(0), dy),
    (dy, { input }) => sumTo(dy, input(2).shape),
  ),
};
