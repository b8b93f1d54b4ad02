import type { Tensor } from '../tensor.ts';
import { reshape, transpose } from './shaping.ts';

/**
 * [N, T, heads d] to [N, heads, T, d]. Of a single head, too, by a transposition: followed by that of the last two axes it is
 * one copy of a narrow matrix, while ONNX Runtime would let the product of two matrices transpose it, which takes a quarter longer.
 */
export function headsFirst(x: Tensor, heads: number): Tensor {
  const [batch, tokens, channels] = x.shape as [number, number, number];
  return transpose(reshape(x, [batch, tokens, heads, channels / heads]), [0, 2, 1, 3]);
}

/** [N, heads, T, d] to [N, T, heads d]. */
export function headsLast(x: Tensor): Tensor {
  const [batch, heads, tokens, size] = x.shape as [number, number, number, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size]);
}

/** Above so many query-key pairs heads are taken one by one: the map of 1024 tokens is small, that of 4096 is not. */
export const LARGE_MAP = 2 ** 21;

/** Probabilities of fewer elements than these may be there before their turn: nodes that see to their order cost more. */
export const SMALL = 2 ** 20;
