import { silu } from '../graph/ops/activation.ts';
import { add } from '../graph/ops/elementwise.ts';
import { reshape } from '../graph/ops/shaping.ts';
import { numel, sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import { conv3x3, convLayer, groupNormLayer, linearLayer } from './layers.ts';
import { recomputeLarge, type RecomputePolicy } from './recompute.ts';
import type { ParameterScope } from './parameterScope.ts';

export interface ResnetOptions {
  readonly groups: number;
  readonly epsilon: number;
  /** SiLU of the time embedding [N, E]; null in the VAE. */
  readonly time: Tensor | null;
  readonly policy: RecomputePolicy;
}

/** diffusers' ResnetBlock2D (models/resnet.py): x [N, C, H, W] to [N, channels, H, W]. */
export function resnetBlock(
  weights: ParameterScope,
  x: Tensor,
  channels: number,
  options: ResnetOptions,
): Tensor {
  const { groups, epsilon, time, policy } = options;
  const activate = (name: string, input: Tensor): Tensor =>
    recomputeLarge(x.graph, policy, numel(input.shape), name, () =>
      silu(groupNormLayer(weights, name, input, groups, epsilon)),
    );
  let hidden = conv3x3(weights, 'conv1', activate('norm1', x), channels);
  if (time) {
    const shift = linearLayer(weights, 'time_emb_proj', time, channels);
    hidden = add(hidden, reshape(shift, [...shift.shape, 1, 1]));
  }
  hidden = conv3x3(weights, 'conv2', activate('norm2', hidden), channels);
  const shortcut = sizeAt(x.shape, 1) === channels ? x : convLayer(weights, 'conv_shortcut', x, channels, 1);
  return add(shortcut, hidden);
}
