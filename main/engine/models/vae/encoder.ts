import type { Graph } from '../../graph/graph.ts';
import { silu } from '../../graph/ops/activation.ts';
import { maximum, minimum, full } from '../../graph/ops/elementwise.ts';
import { slice } from '../../graph/ops/shaping.ts';
import type { Tensor } from '../../graph/ir.ts';
import type { VaeConfig } from '../../weights/configs/vaeConfig.ts';
import { conv3x3, convLayer, groupNormLayer } from '../layers.ts';
import { ParameterScope } from '../parameterScope.ts';
import type { ParameterSource } from '../parameterSource.ts';
import { EPSILON, vaeMidBlock, vaeResnet } from './midBlock.ts';

/** diffusers' DiagonalGaussianDistribution clamps log variances to this range. */
export const LOGVAR_RANGE = [-30, 20] as const;

export interface VaeEncoding {
  /** Mean and log variance as the network makes them, unclamped: [N, 2 latentChannels, h, w]. */
  readonly moments: Tensor;
  /** [N, latentChannels, h, w]. A diffusion model's latents are these, or a sample, times scalingFactor. */
  readonly mean: Tensor;
  /** Log variance, same shape. */
  readonly logvar: Tensor;
}

/**
 * AutoencoderKL's encoder (diffusers, models/autoencoders/vae.py): image [N, C, H, W] with values in -1..1; H
 * and W multiples of `config.scale`, or their rest is cut off by the strided convolutions as in diffusers.
 *
 * @throws UserError when the tensors do not fit
 */
export function buildVaeEncoder(
  graph: Graph,
  config: VaeConfig,
  tensors: ParameterSource,
  image: Tensor,
): VaeEncoding {
  const weights = new ParameterScope(graph, tensors);
  const { blockOutChannels, normNumGroups: groups, latentChannels } = config;
  const moments = weights.layer('encoder', (own) => {
    let hidden = conv3x3(own, 'conv_in', image, blockOutChannels[0] ?? 0);
    blockOutChannels.forEach((channels, level) => {
      hidden = own.layer(`down_blocks.${level}`, (block) => {
        let inner = hidden;
        for (let index = 0; index < config.layersPerBlock; index++) {
          inner = vaeResnet(block, `resnets.${index}`, inner, channels, groups);
        }
        if (level === blockOutChannels.length - 1) return inner;
        // Padded at the right and the bottom alone.
        const options = { padding: [0, 0, 1, 1], stride: 2 } as const;
        return convLayer(block, 'downsamplers.0.conv', inner, channels, 3, options);
      });
    });
    hidden = vaeMidBlock(own, hidden, config);
    hidden = silu(groupNormLayer(own, 'conv_norm_out', hidden, groups, EPSILON));
    return conv3x3(own, 'conv_out', hidden, 2 * latentChannels);
  });
  const both = config.useQuantConv
    ? convLayer(weights, 'quant_conv', moments, 2 * latentChannels, 1)
    : moments;
  const logvar = slice(both, 1, latentChannels, 2 * latentChannels);
  const [low, high] = LOGVAR_RANGE;
  return {
    moments: both,
    mean: slice(both, 1, 0, latentChannels),
    logvar: minimum(maximum(logvar, full(logvar, low)), full(logvar, high)),
  };
}
