import { silu } from '../graph/ops/activation.ts';
import { add } from '../graph/ops/elementwise.ts';
import { reshape } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { conv3x3, convLayer, groupNormLayer, linearLayer } from './layers.ts';
import type { Weights } from './weights.ts';

export interface ResnetOptions {
  readonly groups: number;
  readonly epsilon: number;
  /** SiLU of the time embedding [N, E]; null in the VAE. */
  readonly time: Tensor | null;
}

/** diffusers' ResnetBlock2D (models/resnet.py): x [N, C, H, W] to [N, channels, H, W]. */
export function resnetBlock(weights: Weights, x: Tensor, channels: number, options: ResnetOptions): Tensor {
  const { groups, epsilon, time } = options;
  let hidden = silu(groupNormLayer(weights, 'norm1', x, groups, epsilon));
  hidden = conv3x3(weights, 'conv1', hidden, channels);
  if (time) {
    const shift = linearLayer(weights, 'time_emb_proj', time, channels);
    hidden = add(hidden, reshape(shift, [...shift.shape, 1, 1]));
  }
  hidden = silu(groupNormLayer(weights, 'norm2', hidden, groups, epsilon));
  hidden = conv3x3(weights, 'conv2', hidden, channels);
  const shortcut = sizeAt(x.shape, 1) === channels ? x : convLayer(weights, 'conv_shortcut', x, channels, 1);
  return add(shortcut, hidden);
}
