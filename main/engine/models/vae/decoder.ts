import type { Graph } from '../../graph/graph.ts';
import { silu } from '../../graph/ops/activation.ts';
import { mulScalar } from '../../graph/ops/elementwise.ts';
import { resizeNearest } from '../../graph/ops/resample.ts';
import { sizeAt } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/ir.ts';
import type { VaeConfig } from '../../weights/configs/vaeConfig.ts';
import { conv3x3, convLayer, groupNormLayer } from '../layers.ts';
import { ParameterScope } from '../parameterScope.ts';
import type { ParameterSource } from '../parameterSource.ts';
import { EPSILON, vaeMidBlock, vaeResnet } from './midBlock.ts';

/**
 * AutoencoderKL's decoder (diffusers, models/autoencoders/vae.py): a diffusion model's latents
 * [N, latentChannels, h, w], which it divides by the scaling factor, to an image
 * [N, outChannels, h scale, w scale] with values around -1..1 that are not clamped.
 *
 * @throws UserError when the tensors do not fit
 */
export function buildVaeDecoder(
  graph: Graph,
  config: VaeConfig,
  tensors: ParameterSource,
  latents: Tensor,
): Tensor {
  const weights = new ParameterScope(graph, tensors);
  const { normNumGroups: groups } = config;
  const unscaled = mulScalar(latents, 1 / config.scalingFactor);
  const quantised = config.usePostQuantConv
    ? convLayer(weights, 'post_quant_conv', unscaled, config.latentChannels, 1)
    : unscaled;
  const levels = [...config.blockOutChannels].reverse();
  return weights.layer('decoder', (own) => {
    let hidden = conv3x3(own, 'conv_in', quantised, levels[0] ?? 0);
    hidden = vaeMidBlock(own, hidden, config);
    levels.forEach((channels, level) => {
      hidden = own.layer(`up_blocks.${level}`, (block) => {
        let inner = hidden;
        for (let index = 0; index <= config.layersPerBlock; index++) {
          inner = vaeResnet(block, `resnets.${index}`, inner, channels, groups);
        }
        if (level === levels.length - 1) return inner;
        const twice = resizeNearest(inner, 2 * sizeAt(inner.shape, 2), 2 * sizeAt(inner.shape, 3));
        return conv3x3(block, 'upsamplers.0.conv', twice, channels);
      });
    });
    hidden = silu(groupNormLayer(own, 'conv_norm_out', hidden, groups, EPSILON));
    return conv3x3(own, 'conv_out', hidden, config.outChannels);
  });
}
