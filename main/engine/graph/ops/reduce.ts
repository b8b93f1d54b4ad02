import { defineOp, intsOf, tensorAt } from '../defineOp.ts';
import { broadcastAxes, normaliseAxis, sameShape } from '../shape.ts';
import type { Shape, Tensor } from '../ir.ts';
import { reshape } from './shaping.ts';

/** All reductions keep their axes with size 1: broadcasting back is then free. */
function reduction(type: string): (x: Tensor, axes: readonly number[]) => Tensor {
  const op = defineOp({
    type,
    infer: (inputs, parameters) => {
      const { dtype, shape } = tensorAt(inputs, 0);
      const axes = intsOf(parameters, 'axes');
      return { dtype, shape: shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) };
    },
  });
  return (x, axes) => {
    if (axes.length === 0) return x;
    const normal = axes.map((axis) => normaliseAxis(axis, x.shape.length));
    return x.graph.apply1(op, [x, x.graph.ints(normal)], { axes: normal });
  };
}

export const reduceSum = reduction('ReduceSum');
export const reduceMean = reduction('ReduceMean');
export const reduceMax = reduction('ReduceMax');
export const reduceMin = reduction('ReduceMin');

const allAxes = (x: Tensor): number[] => x.shape.map((_, axis) => axis);

/** Sum of all elements, shape []. */
export const sumAll = (x: Tensor): Tensor => reshape(reduceSum(x, allAxes(x)), []);
/** Largest of all elements, shape []. */
export const maxAll = (x: Tensor): Tensor => reshape(reduceMax(x, allAxes(x)), []);

/** Undoes broadcasting: sums x over the axes along which a tensor of shape `shape` was repeated. */
export const sumTo = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : reshape(reduceSum(x, broadcastAxes(shape, x.shape)), shape);
