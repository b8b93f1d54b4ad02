import { add, mul, tanh } from '../../graph/ops/elementwise.ts';
import { concat, slice } from '../../graph/ops/shaping.ts';
import { sizeAt } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { attentionLayer } from '../attentionLayer.ts';
import { layerNormLayer, linearLayer } from '../layers.ts';
import type { Weights } from '../weights.ts';
import { probePoint, type FeatureSize, type UnetContext } from './context.ts';
import { feedForward } from './feedForward.ts';

/**
 * GLIGEN's gated self-attention over pixels and grounding tokens together (Li et al. 2023, equation 8;
 * diffusers' GatedSelfAttentionDense, models/attention.py): x [N, T, C], objects [N, 30, D]. All grounding
 * tokens always take part, also the unused ones.
 *
 * Only pixels ask: what the grounding tokens would gather is thrown away.
 *
 * @param layer path of the transformer block, for the probe
 */
export function fuser(
  weights: Weights,
  x: Tensor,
  objects: Tensor,
  heads: number,
  context: UnetContext,
  layer: string,
  size: FeatureSize,
): Tensor {
  const [, tokens, channels] = x.shape as [number, number, number];
  const all = concat([x, linearLayer(weights, 'linear', objects, channels)], 1);
  const normal = layerNormLayer(weights, 'norm1', all);
  const probe = probePoint(context, layer, 'grounding', size);
  const { output, map } = weights.layer('attn', (own) =>
    attentionLayer(own, slice(normal, 1, 0, tokens), normal, {
      heads,
      method: context.policy,
      ...(probe.wanted ? { mapOf: [tokens, sizeAt(all.shape, 1)] as const } : {}),
    }),
  );
  probe.add(map);
  const gate = (name: string): Tensor => tanh(weights.tensor(name, []));
  const attended = add(x, mul(gate('alpha_attn'), output));
  const normalAttended = layerNormLayer(weights, 'norm2', attended);
  const dense = weights.layer('ff', (own) => feedForward(own, normalAttended, context.policy));
  return add(attended, mul(gate('alpha_dense'), dense));
}
