import { defineOp, tensorAt } from '../defineOp.ts';
import type { Tensor } from '../ir.ts';
import { mul } from './elementwise.ts';

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

/** diffusers' GEGLU after its projections: h gelu(gate). */
export const geglu = (h: Tensor, gate: Tensor): Tensor => mul(h, gelu(gate));
