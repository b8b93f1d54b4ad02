import { add } from '../../graph/ops/elementwise.ts';
import { reshape, transpose } from '../../graph/ops/shaping.ts';
import { sizeAt } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/ir.ts';
import type { VaeConfig } from '../../weights/configs/vaeConfig.ts';
import { plainAttention } from '../attention.ts';
import { attentionLayer } from '../attentionLayer.ts';
import { groupNormLayer } from '../layers.ts';
import { keepEverything } from '../recompute.ts';
import { resnetBlock } from '../resnetBlock.ts';
import type { ParameterScope } from '../parameterScope.ts';

/** Of all norms of the VAE, fixed in diffusers. */
export const EPSILON = 1e-6;

/** A residual block of the VAE, which knows no time. */
export const vaeResnet = (
  weights: ParameterScope,
  name: string,
  x: Tensor,
  channels: number,
  groups: number,
): Tensor =>
  weights.layer(name, (own) =>
    resnetBlock(own, x, channels, { groups, epsilon: EPSILON, time: null, policy: keepEverything }),
  );

/** diffusers' UNetMidBlock2D (models/unets/unet_2d_blocks.py): x [N, C, H, W]. */
export function vaeMidBlock(weights: ParameterScope, x: Tensor, config: VaeConfig): Tensor {
  const channels = sizeAt(x.shape, 1);
  const groups = config.normNumGroups;
  return weights.layer('mid_block', (own) => {
    const hidden = vaeResnet(own, 'resnets.0', x, channels, groups);
    const attended = config.midBlockAddAttention
      ? own.layer('attentions.0', (inner) => selfAttention(inner, hidden, groups))
      : hidden;
    return vaeResnet(own, 'resnets.1', attended, channels, groups);
  });
}

/** Attention with one head among all pixels, added to them. */
function selfAttention(weights: ParameterScope, x: Tensor, groups: number): Tensor {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const normal = groupNormLayer(weights, 'group_norm', x, groups, EPSILON);
  const pixels = transpose(reshape(normal, [batch, channels, height * width]), [0, 2, 1]);
  const rows = reshape(pixels, [-1, channels]);
  const method = { ...plainAttention, fused: true };
  const { output } = attentionLayer(weights, rows, rows, batch, { heads: 1, method }, true);
  return add(reshape(transpose(reshape(output, pixels.shape), [0, 2, 1]), x.shape), x);
}
