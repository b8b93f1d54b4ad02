import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { attend, type Attended, type AttentionRequest } from './attention.ts';
import { linearLayer } from './layers.ts';
import type { Weights } from './weights.ts';

/**
 * diffusers' Attention (models/attention_processor.py): projections around scaled dot-product attention.
 *
 * @param x queries come from here: [N, queries, C]
 * @param context keys and values come from here: [N, keys, D]
 * @param bias whether to_q, to_k and to_v have one (to_out always does)
 */
export function attentionLayer(
  weights: Weights,
  x: Tensor,
  context: Tensor,
  request: AttentionRequest,
  bias = false,
): Attended {
  const channels = sizeAt(x.shape, -1);
  const query = linearLayer(weights, 'to_q', x, channels, bias);
  const key = linearLayer(weights, 'to_k', context, channels, bias);
  const value = linearLayer(weights, 'to_v', context, channels, bias);
  const { output, map } = attend(query, key, value, request);
  return { output: linearLayer(weights, 'to_out.0', output, channels), map };
}
