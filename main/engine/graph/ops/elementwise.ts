import { onnxType } from '../dtype.ts';
import { defineOp, tensorAt } from '../defineOp.ts';
import { broadcastShapes, ShapeError } from '../shape.ts';
import type { DType, OpDefinition, Tensor } from '../ir.ts';

/** An op of two tensors with NumPy broadcasting. */
function binary(type: string, result?: DType): (a: Tensor, b: Tensor) => Tensor {
  const op = defineOp({
    type,
    infer: (inputs) => {
      const [a, b] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
      if (a.dtype !== b.dtype) throw new ShapeError(`types ${a.dtype} and ${b.dtype} differ`);
      return { dtype: result ?? a.dtype, shape: broadcastShapes(a.shape, b.shape) };
    },
  });
  return (a, b) => a.graph.apply1(op, [a, b]);
}

const unaryOp = (type: string): OpDefinition =>
  defineOp({
    type,
    infer: (inputs) => {
      const { dtype, shape } = tensorAt(inputs, 0);
      return { dtype, shape };
    },
  });

function unary(type: string): (x: Tensor) => Tensor {
  const op = unaryOp(type);
  return (x) => x.graph.apply1(op, [x]);
}

export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const maximum = binary('Max');
export const minimum = binary('Min');
export const greater = binary('Greater', 'bool');
export const greaterOrEqual = binary('GreaterOrEqual', 'bool');
export const equal = binary('Equal', 'bool');

export const neg = unary('Neg');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const abs = unary('Abs');
export const tanh = unary('Tanh');
export const sigmoid = unary('Sigmoid');
export const erf = unary('Erf');
export const sin = unary('Sin');
export const cos = unary('Cos');
export const reciprocal = unary('Reciprocal');

/** The same value, through which no gradient flows (torch's detach). */
export const stopGradient = unary('Identity');

const castOp = defineOp({
  type: 'Cast',
  infer: (inputs, { dtype }) => ({ dtype: dtype as DType, shape: tensorAt(inputs, 0).shape }),
  attributes: ({ dtype }) => ({ to: onnxType(dtype as DType) }),
});

/** The same values in another type. */
export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : x.graph.apply1(castOp, [x], { dtype });

const whereOp = defineOp({
  type: 'Where',
  infer: (inputs) => {
    const [condition, x, y] = [tensorAt(inputs, 0), tensorAt(inputs, 1), tensorAt(inputs, 2)];
    if (condition.dtype !== 'bool') throw new ShapeError(`the condition is ${condition.dtype}, not bool`);
    return { dtype: x.dtype, shape: broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape)) };
  },
});

/** x where the condition holds, y elsewhere; all three broadcast. */
export const where = (condition: Tensor, x: Tensor, y: Tensor): Tensor =>
  condition.graph.apply1(whereOp, [condition, x, y]);

/** A scalar constant of x's type, to be broadcast against x. */
export const full = (x: Tensor, value: number): Tensor => cast(x.graph.scalar(value), x.dtype);

export const addScalar = (x: Tensor, value: number): Tensor => add(x, full(x, value));
export const mulScalar = (x: Tensor, value: number): Tensor => mul(x, full(x, value));
export const square = (x: Tensor): Tensor => mul(x, x);
