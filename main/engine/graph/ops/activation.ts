import type { Tensor } from '../tensor.ts';
import { addScalar, erf, mul, mulScalar, sigmoid } from './elementwise.ts';
import { split } from './shaping.ts';

/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** OpenAI CLIP's approximation of GELU: x sigmoid(1.702 x). */
export const quickGelu = (x: Tensor): Tensor => mul(x, sigmoid(mulScalar(x, 1.702)));

/** The exact GELU: x (1 + erf(x / sqrt 2)) / 2. */
export const gelu = (x: Tensor): Tensor =>
  mulScalar(mul(x, addScalar(erf(mulScalar(x, Math.SQRT1_2)), 1)), 0.5);

/** diffusers' GEGLU after its projection: the last axis holds [h, gate]; h gelu(gate). */
export function geglu(projected: Tensor): Tensor {
  const [h, gate] = split(projected, 2, -1) as [Tensor, Tensor];
  return mul(h, gelu(gate));
}
