import { resizeNearest } from '../../graph/ops/resample.ts';
import { concat } from '../../graph/ops/shaping.ts';
import { sizeAt } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/ir.ts';
import { conv3x3, convLayer } from '../layers.ts';
import { resnetBlock } from '../resnetBlock.ts';
import type { ParameterScope } from '../parameterScope.ts';
import type { UnetContext } from './context.ts';
import { transformer, type TransformerOptions } from './transformer.ts';

/** One level of the UNet (diffusers' models/unets/unet_2d_blocks.py). */
export interface LevelOptions {
  readonly channels: number;
  /** Residual blocks. */
  readonly layers: number;
  /** Null: no attention on this level (DownBlock2D, UpBlock2D). */
  readonly attention: TransformerOptions | null;
}

/** One residual block and, where the level has it, its transformer. */
function layer(
  weights: ParameterScope,
  index: number,
  x: Tensor,
  { channels, attention }: LevelOptions,
  context: UnetContext,
): Tensor {
  const hidden = weights.layer(`resnets.${index}`, (own) => resnetBlock(own, x, channels, context));
  if (!attention) return hidden;
  return weights.layer(`attentions.${index}`, (own) => transformer(own, hidden, attention, context));
}

/** DownBlock2D and CrossAttnDownBlock2D. Returns all skip connections it makes, the last being its output. */
export function downBlock(
  weights: ParameterScope,
  x: Tensor,
  options: LevelOptions,
  downsample: boolean,
  context: UnetContext,
): Tensor[] {
  const skips: Tensor[] = [];
  let hidden = x;
  for (let index = 0; index < options.layers; index++) {
    hidden = layer(weights, index, hidden, options, context);
    skips.push(hidden);
  }
  if (downsample) {
    const stride = { padding: [1, 1, 1, 1], stride: 2 } as const;
    skips.push(convLayer(weights, 'downsamplers.0.conv', hidden, options.channels, 3, stride));
  }
  return skips;
}

/** UNetMidBlock2DCrossAttn with one transformer. */
export function midBlock(
  weights: ParameterScope,
  x: Tensor,
  channels: number,
  attention: TransformerOptions,
  context: UnetContext,
): Tensor {
  const hidden = layer(weights, 0, x, { channels, layers: 1, attention }, context);
  return weights.layer('resnets.1', (own) => resnetBlock(own, hidden, channels, context));
}

/**
 * UpBlock2D and CrossAttnUpBlock2D.
 *
 * @param skips the remaining skip connections; the block takes as many as it has layers from the end
 * @param upsample enlarge to the size of the next skip connection, which is not always twice as large
 */
export function upBlock(
  weights: ParameterScope,
  x: Tensor,
  skips: Tensor[],
  options: LevelOptions,
  upsample: boolean,
  context: UnetContext,
): Tensor {
  let hidden = x;
  for (let index = 0; index < options.layers; index++) {
    const skip = skips.pop();
    if (!skip) throw new Error(`${weights.path}: no skip connection is left for layer ${index}`);
    hidden = layer(weights, index, concat([hidden, skip], 1), options, context);
  }
  const next = skips.at(-1);
  if (!upsample || !next) return hidden;
  const enlarged = resizeNearest(hidden, sizeAt(next.shape, 2), sizeAt(next.shape, 3));
  return conv3x3(weights, 'upsamplers.0.conv', enlarged, options.channels);
}
