import { defineOp, tensorAt } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './elementwise.ts';
import { split } from './shaping.ts';

const quickGeluOp = defineOp({
  type: 'QuickGelu',
  domain: 'com.microsoft',
  infer: (inputs) => tensorAt(inputs, 0),
  attributes: ({ alpha = { float: 1 } }) => ({ alpha }),
});

const xSigmoid = (x: Tensor, alpha: number): Tensor =>
  x.graph.apply1(quickGeluOp, [x], { alpha: { float: alpha } });

/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => xSigmoid(x, 1);

/** OpenAI CLIP's approximation of GELU: x sigmoid(1.702 x). */
export const quickGelu = (x: Tensor): Tensor => xSigmoid(x, 1.702);

const geluOp = defineOp({ type: 'Gelu', infer: (inputs) => tensorAt(inputs, 0) });

/** The exact GELU: x (1 + erf(x / sqrt 2)) / 2. */
export const gelu = (x: Tensor): Tensor => x.graph.apply1(geluOp, [x]);

/** diffusers' GEGLU after its projection: the last axis holds [h, gate]; h gelu(gate). */
export function geglu(projected: Tensor): Tensor {
  const [h, gate] = split(projected, 2, -1) as [Tensor, Tensor];
  return mul(h, gelu(gate));
}
