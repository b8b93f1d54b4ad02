import type { Shape } from './ir.ts';

/** Thrown while a graph is built; the message names the layer, the op and the shapes. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** Number of elements. */
export const numel = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** The size of one axis; negative axes count from the end. */
export function sizeAt(shape: Shape, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined) throw new ShapeError(`axis ${axis} does not exist in ${formatShape(shape)}`);
  return size;
}

/** Axis in 0..rank-1. */
export function normaliseAxis(axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= rank) {
    throw new ShapeError(`axis ${axis} is out of range for rank ${rank}`);
  }
  return normal;
}

/** NumPy broadcasting of two shapes. */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let i = 0; i < rank; i++) {
    const sizeA = a[a.length - rank + i] ?? 1;
    const sizeB = b[b.length - rank + i] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new ShapeError(`${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    }
    result.push(sizeA === 1 ? sizeB : sizeA);
  }
  return result;
}

/** The axes of `from` along which a tensor of shape `to` was repeated when it was broadcast to `from`. */
export function broadcastAxes(to: Shape, from: Shape): number[] {
  const lead = from.length - to.length;
  return from.flatMap((size, axis) => (axis < lead || (to[axis - lead] === 1 && size !== 1) ? [axis] : []));
}

/** Resolves one -1 in a reshape's target and checks that the number of elements stays. */
export function resolveReshape(from: Shape, to: Shape): number[] {
  const total = numel(from);
  const known = to.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const resolved = to.map((size) => (size === -1 ? total / known : size));
  if (
    to.filter((size) => size === -1).length > 1 ||
    numel(resolved) !== total ||
    !resolved.every(Number.isInteger)
  ) {
    throw new ShapeError(`cannot reshape ${formatShape(from)} to ${formatShape(to)}`);
  }
  return resolved;
}
