import { defineOp, intOf, intsOf, tensorAt } from '../defineOp.ts';
import {
  broadcastShapes,
  formatShape,
  normaliseAxis,
  resolveReshape,
  sameShape,
  ShapeError,
  sizeAt,
} from '../shape.ts';
import type { OpDefinition, Shape, Tensor } from '../ir.ts';

const reshapeOp = defineOp({
  type: 'Reshape',
  infer: (inputs, parameters) => ({ dtype: tensorAt(inputs, 0).dtype, shape: intsOf(parameters, 'to') }),
});

/**
 * The same elements in another shape; one size may be -1. Reshaping what was reshaped starts from the original:
 * small graphs are bound by their number of nodes, and one in four was a reshape.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const to = resolveReshape(x.shape, shape);
  if (sameShape(to, x.shape)) return x;
  const before = operand(x, reshapeOp);
  if (before) return reshape(before, to);
  return x.graph.apply1(reshapeOp, [x, x.graph.ints(to)], { to });
}

/** What x was made from by an op; null when another one made it. */
function operand(x: Tensor, op: OpDefinition): Tensor | null {
  const { source } = x;
  return source.kind === 'node' && source.node.op === op ? tensorAt(source.node.inputs, 0) : null;
}

const transposeOp = defineOp({
  type: 'Transpose',
  infer: (inputs, parameters) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    const perm = intsOf(parameters, 'perm');
    if (perm.length !== shape.length || new Set(perm).size !== perm.length) {
      throw new ShapeError(`permutation ${formatShape(perm)} does not fit`);
    }
    return { dtype, shape: perm.map((axis) => sizeAt(shape, axis)) };
  },
  attributes: ({ perm = [] }) => ({ perm }),
});

/** Axis i of the result is axis perm[i] of x; transpositions in a row become one, or none. */
export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  if (perm.every((axis, index) => axis === index)) return x;
  const before = operand(x, transposeOp);
  if (before && x.source.kind === 'node') {
    const first = intsOf(x.source.node.parameters, 'perm');
    return transpose(
      before,
      perm.map((axis) => sizeAt(first, axis)),
    );
  }
  return x.graph.apply1(transposeOp, [x], { perm });
}

/** Swaps the last two axes. */
export function transposeLast(x: Tensor): Tensor {
  const perm = x.shape.map((_, axis) => axis);
  return transpose(x, [...perm.slice(0, -2), perm.length - 1, perm.length - 2]);
}

const expandOp = defineOp({
  type: 'Expand',
  infer: (inputs, parameters) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    return { dtype, shape: broadcastShapes(shape, intsOf(parameters, 'to')) };
  },
});

/** Broadcasts x to a shape. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : x.graph.apply1(expandOp, [x, x.graph.ints(shape)], { to: shape });

/** Zeros of a shape, made when the graph runs: nothing is stored. */
export const zeros = (like: Tensor, shape: Shape): Tensor => expand(like.graph.scalar(0), shape);

const concatOp = defineOp({
  type: 'Concat',
  infer: (inputs, parameters) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    const axis = intOf(parameters, 'axis');
    const others = (sizes: Shape): number[] => sizes.map((size, index) => (index === axis ? 0 : size));
    if (inputs.some((input) => !sameShape(others(input.shape), others(shape)))) {
      throw new ShapeError(`sizes differ outside axis ${axis}`);
    }
    const total = inputs.reduce((sum, input) => sum + sizeAt(input.shape, axis), 0);
    return { dtype, shape: shape.map((size, index) => (index === axis ? total : size)) };
  },
  attributes: ({ axis = 0 }) => ({ axis }),
});

export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensorAt(tensors, 0);
  if (tensors.length === 1) return first;
  return first.graph.apply1(concatOp, tensors, { axis: normaliseAxis(axis, first.shape.length) });
}

const sliceOp = defineOp({
  type: 'Slice',
  infer: (inputs, parameters) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    const [axis, start, end] = [
      intOf(parameters, 'axis'),
      intOf(parameters, 'start'),
      intOf(parameters, 'end'),
    ];
    if (start < 0 || end > sizeAt(shape, axis) || start >= end) {
      throw new ShapeError(`cannot take ${start} to ${end} of axis ${axis}`);
    }
    return { dtype, shape: shape.map((size, index) => (index === axis ? end - start : size)) };
  },
});

/** Elements start..end-1 of one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const normal = normaliseAxis(axis, x.shape.length);
  if (start === 0 && end === sizeAt(x.shape, normal)) return x;
  const { graph } = x;
  const inputs = [x, graph.ints([start]), graph.ints([end]), graph.ints([normal])];
  return graph.apply1(sliceOp, inputs, { axis: normal, start, end });
}

const padOp = defineOp({
  type: 'Pad',
  infer: (inputs, parameters) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    const [before, after] = [intsOf(parameters, 'before'), intsOf(parameters, 'after')];
    return { dtype, shape: shape.map((size, axis) => size + sizeAt(before, axis) + sizeAt(after, axis)) };
  },
});

/** Zero padding: so many zeros before and after each axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  if ([...before, ...after].every((count) => count === 0)) return x;
  return x.graph.apply1(padOp, [x, x.graph.ints([...before, ...after])], { before, after });
}

const splitOp = defineOp({
  type: 'Split',
  infer: (inputs, parameters) => {
    const { dtype, shape } = tensorAt(inputs, 0);
    const [axis, parts] = [intOf(parameters, 'axis'), intOf(parameters, 'num_outputs')];
    if (sizeAt(shape, axis) % parts !== 0)
      throw new ShapeError(`axis ${axis} does not split into ${parts} parts`);
    const part = shape.map((size, index) => (index === axis ? size / parts : size));
    return Array.from({ length: parts }, () => ({ dtype, shape: part }));
  },
  attributes: ({ axis = 0, num_outputs = 1 }) => ({ axis, num_outputs }),
});

/** Equal parts along an axis; the backward is one Concat instead of as many zero-padded sums. */
export const split = (x: Tensor, parts: number, axis: number): readonly Tensor[] =>
  parts === 1
    ? [x]
    : x.graph.apply(splitOp, [x], { axis: normaliseAxis(axis, x.shape.length), num_outputs: parts });

const gatherOp = defineOp({
  type: 'Gather',
  infer: (inputs, parameters) => {
    const [x, indices] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
    const axis = intOf(parameters, 'axis');
    return {
      dtype: x.dtype,
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
    };
  },
  attributes: ({ axis = 0 }) => ({ axis }),
});

/** Slices of x along an axis at integer indices: embedding look-ups. Not differentiated. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  x.graph.apply1(gatherOp, [x, indices], { axis });
