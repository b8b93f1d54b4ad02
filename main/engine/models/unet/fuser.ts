import { add, mul, tanh } from '../../graph/ops/elementwise.ts';
import { concat, reshape } from '../../graph/ops/shaping.ts';
import { sizeAt } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/ir.ts';
import { attentionLayer } from '../attentionLayer.ts';
import { layerNormLayer, linearLayer } from '../layers.ts';
import type { ParameterScope } from '../parameterScope.ts';
import { probePoint, type FeatureSize, type UnetContext } from './context.ts';
import { feedForward } from './feedForward.ts';

/**
 * GLIGEN's gated self-attention over pixels and grounding tokens together (Li et al. 2023, equation 8;
 * diffusers' GatedSelfAttentionDense, models/attention.py): x [N * T, C], objects [N, 30, D]. All grounding
 * tokens always take part, also the unused ones.
 *
 * Only pixels ask: what the grounding tokens would gather is thrown away. Both are normalised before they are put
 * together: a norm over channels sees one token only, and that of the grounding tokens has no gradient.
 *
 * @param layer path of the transformer block, for the probe
 */
export function fuser(
  weights: ParameterScope,
  x: Tensor,
  objects: Tensor,
  heads: number,
  context: UnetContext,
  layer: string,
  size: FeatureSize,
): Tensor {
  const channels = sizeAt(x.shape, 1);
  const [batch, slots, width] = objects.shape as [number, number, number];
  const normal = layerNormLayer(weights, 'norm1', x);
  const grounding = linearLayer(weights, 'linear', reshape(objects, [batch * slots, width]), channels);
  const all = joinTokens(normal, layerNormLayer(weights, 'norm1', grounding), batch);
  const tokens = size.height * size.width;
  const probe = probePoint(context, layer, 'grounding', size, heads);
  const { output, map } = weights.layer('attn', (own) =>
    attentionLayer(own, normal, all, batch, {
      heads,
      method: context.policy,
      ...(probe.wanted ? { mapOf: [tokens, tokens + slots] as const } : {}),
    }),
  );
  probe.add(map);
  const gate = (name: string): Tensor => tanh(weights.tensor(name, []));
  const attended = add(x, mul(gate('alpha_attn'), output));
  const normalAttended = layerNormLayer(weights, 'norm2', attended);
  const dense = weights.layer('ff', (own) => feedForward(own, normalAttended, context.policy));
  return add(attended, mul(gate('alpha_dense'), dense));
}

/** The tokens of two sets [N * T, C] and [N * U, C], each image's together: [N * (T + U), C]. */
function joinTokens(first: Tensor, second: Tensor, batch: number): Tensor {
  const channels = sizeAt(first.shape, 1);
  // Of one image rows need no third axis.
  if (batch === 1) return concat([first, second], 0);
  const perImage = [first, second].map((rows) => reshape(rows, [batch, -1, channels]));
  return reshape(concat(perImage, 1), [-1, channels]);
}
