import type { Tensor } from '../ir.ts';
import { add, cast, mulScalar } from './elementwise.ts';
import { reshape, slice } from './shaping.ts';

/**
 * The same values, available only once `before` are computed: 0 times one element of each is added. ONNX
 * Runtime would else compute, say, the probabilities of all heads first and use them afterwards.
 *
 * The gradient of that addition is 0 times the gradient of `values`, added to that of `before`: so it makes
 * the backward pass, too, take one after the other, in the reverse order. Where that gradient would be
 * a matrix as large as a map, the caller stops it.
 */
export function after(values: readonly Tensor[], before: readonly Tensor[]): Tensor[] {
  if (before.length === 0) return [...values];
  const firsts = before.map((tensor) => cast(slice(reshape(tensor, [-1]), 0, 0, 1), 'float32'));
  const nothing = mulScalar(firsts.reduce(add), 0);
  return values.map((value) => add(value, cast(nothing, value.dtype)));
}
