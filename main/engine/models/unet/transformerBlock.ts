import { add } from '../../graph/ops/elementwise.ts';
import { reshape } from '../../graph/ops/shaping.ts';
import { sizeAt } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/ir.ts';
import { attentionLayer } from '../attentionLayer.ts';
import { layerNormLayer } from '../layers.ts';
import type { ParameterScope } from '../parameterScope.ts';
import { probePoint, type FeatureSize, type UnetContext } from './context.ts';
import { feedForward } from './feedForward.ts';
import { fuser } from './fuser.ts';

/**
 * diffusers' BasicTransformerBlock (models/attention.py): self-attention among pixels, GLIGEN's fuser,
 * cross-attention to the caption, feed-forward; each added to the pixels' features in rows, x [N * height * width, C].
 */
export function transformerBlock(
  weights: ParameterScope,
  x: Tensor,
  heads: number,
  context: UnetContext,
  size: FeatureSize,
): Tensor {
  const layer = weights.path;
  const { text, objects } = context;
  const batch = sizeAt(text.shape, 0);
  const attention = (name: 'attn1' | 'attn2', kind: 'self' | 'cross', norm: string, from: Tensor): Tensor => {
    const queries = layerNormLayer(weights, norm, from);
    const source = kind === 'self' ? queries : reshape(text, [-1, sizeAt(text.shape, -1)]);
    const probe = probePoint(context, layer, kind, size, heads);
    const { output, map } = weights.layer(name, (own) =>
      attentionLayer(own, queries, source, batch, {
        heads,
        method: context.policy,
        ...(probe.wanted ? { mapOf: [0, sizeAt(source.shape, 0)] as const } : {}),
      }),
    );
    probe.add(map);
    return add(output, from);
  };

  let hidden = attention('attn1', 'self', 'norm1', x);
  if (objects) {
    const pixels = hidden;
    hidden = weights.layer('fuser', (own) => fuser(own, pixels, objects, heads, context, layer, size));
  }
  hidden = attention('attn2', 'cross', 'norm2', hidden);
  const normal = layerNormLayer(weights, 'norm3', hidden);
  return add(
    weights.layer('ff', (own) => feedForward(own, normal, context.policy)),
    hidden,
  );
}
