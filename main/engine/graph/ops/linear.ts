import { defineOp, intOf, tensorAt } from '../defineOp.ts';
import { broadcastShapes, sameShape, ShapeError, sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';
import { add } from './elementwise.ts';
import { reshape } from './shaping.ts';

const matmulOp = defineOp({
  type: 'MatMul',
  infer: (inputs) => {
    const [a, b] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
    if (a.shape.length < 2 || b.shape.length < 2) throw new ShapeError('both sides need two axes or more');
    if (sizeAt(a.shape, -1) !== sizeAt(b.shape, -2)) throw new ShapeError('inner sizes differ');
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return { dtype: a.dtype, shape: [...batch, sizeAt(a.shape, -2), sizeAt(b.shape, -1)] };
  },
});

/** Matrix product over the last two axes, earlier axes broadcast. */
export const matmul = (a: Tensor, b: Tensor): Tensor => a.graph.apply1(matmulOp, [a, b]);

/** The two sides of a product made by `matmul`; null for anything else. */
export const factorsOf = ({ source }: Tensor): readonly [Tensor, Tensor] | null =>
  source.kind === 'node' && source.node.op === matmulOp
    ? [tensorAt(source.node.inputs, 0), tensorAt(source.node.inputs, 1)]
    : null;

const gemmOp = defineOp({
  type: 'Gemm',
  infer: (inputs, parameters) => {
    const [x, weight] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
    const transposed = intOf(parameters, 'transB');
    if (
      x.shape.length !== 2 ||
      weight.shape.length !== 2 ||
      sizeAt(x.shape, 1) !== sizeAt(weight.shape, transposed)
    ) {
      throw new ShapeError('the weight does not fit the features');
    }
    return { dtype: x.dtype, shape: [sizeAt(x.shape, 0), sizeAt(weight.shape, 1 - transposed)] };
  },
  attributes: ({ transB = 0 }) => ({ transB }),
});

/** rows [n, in] times weight, which is [out, in] when `transposed` (torch's order), else [in, out]. */
export const gemm = (rows: Tensor, weight: Tensor, bias: Tensor | null, transposed: boolean): Tensor =>
  rows.graph.apply1(gemmOp, bias ? [rows, weight, bias] : [rows, weight], { transB: transposed ? 1 : 0 });

/** x + sum, where x is a product of `gemm` that adds nothing yet, as that product; null where it is not. */
export function gemmPlus(x: Tensor, sum: Tensor): Tensor | null {
  const node = x.source.kind === 'node' && x.source.node.op === gemmOp ? x.source.node : null;
  return node?.inputs.length === 2 && sameShape(sum.shape, x.shape)
    ? x.graph.apply1(gemmOp, [...node.inputs, sum], node.parameters)
    : null;
}

/** torch.nn.Linear: x [..., in], weight [out, in], bias [out]. The weight is read as it lies in the file. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const y = gemm(reshape(x, [-1, sizeAt(x.shape, -1)]), weight, bias, true);
  return reshape(y, [...x.shape.slice(0, -1), sizeAt(weight.shape, 0)]);
}

/** x + bias, the bias along one axis of x (the channels of an image: axis 1). */
export function addAlong(x: Tensor, bias: Tensor, axis: number): Tensor {
  const shape = x.shape.map((_, index) => (index === axis ? sizeAt(bias.shape, 0) : 1));
  return add(x, reshape(bias, shape));
}
