import { reshape } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import { attend, type Attended, type AttentionRequest } from './attention.ts';
import { linearLayer } from './layers.ts';
import type { ParameterScope } from './parameterScope.ts';

/**
 * diffusers' Attention (models/attention_processor.py): projections around scaled dot-product attention.
 *
 * Features come and go in rows, those of one image after the other: so nothing is reshaped around the projections.
 *
 * @param x queries come from here: [batch * queries, C]
 * @param context keys and values come from here: [batch * keys, D]
 * @param bias whether to_q, to_k and to_v have one (to_out always does)
 */
export function attentionLayer(
  weights: ParameterScope,
  x: Tensor,
  context: Tensor,
  batch: number,
  request: AttentionRequest,
  bias = false,
): Attended {
  const channels = sizeAt(x.shape, -1);
  const project = (name: string, rows: Tensor): Tensor =>
    reshape(linearLayer(weights, name, rows, channels, bias), [batch, -1, channels]);
  const { output, map } = attend(
    project('to_q', x),
    project('to_k', context),
    project('to_v', context),
    request,
  );
  return { output: linearLayer(weights, 'to_out.0', reshape(output, [-1, channels]), channels), map };
}
