import { sizeAt } from '../shape.ts';
import type { Tensor } from '../ir.ts';
import { reshape, transpose } from './shaping.ts';

/**
 * [N, T, heads d] to [N, heads, T, d]; of one image to [heads, T, d], for there ONNX Runtime's CPU kernel of the product of
 * matrices reads the heads where they are. Of a single head, too, by a transposition of four axes: followed by that of the
 * last two it is one copy of a narrow matrix, while the product, left to transpose it, would take a quarter longer.
 */
export function headsFirst(x: Tensor, heads: number): Tensor {
  const [batch, tokens, channels] = x.shape as [number, number, number];
  const size = channels / heads;
  return batch === 1 && heads > 1
    ? transpose(reshape(x, [tokens, heads, size]), [1, 0, 2])
    : transpose(reshape(x, [batch, tokens, heads, size]), [0, 2, 1, 3]);
}

/** headsFirst undone: to [N, T, heads d]. */
export function headsLast(x: Tensor): Tensor {
  const [heads, tokens, size] = x.shape.slice(-3) as [number, number, number];
  const last = transpose(x, x.shape.length === 3 ? [1, 0, 2] : [0, 2, 1, 3]);
  return reshape(last, [x.shape.length === 3 ? 1 : sizeAt(x.shape, 0), tokens, heads * size]);
}

/** Above so many query-key pairs heads are taken one by one: the map of 1024 tokens is small, that of 4096 is not. */
export const LARGE_MAP = 2 ** 21;

/** Probabilities of fewer elements than these may be there before their turn: nodes that see to their order cost more. */
export const SMALL = 2 ** 20;
