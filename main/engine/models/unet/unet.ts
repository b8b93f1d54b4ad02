import { silu } from '../../graph/ops/activation.ts';
import { cast } from '../../graph/ops/elementwise.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/ir.ts';
import type { UNetConfig } from '../../weights/configs/unetConfig.ts';
import { plainAttention, type AttentionMethod } from '../attention.ts';
import { conv3x3, groupNormLayer } from '../layers.ts';
import type { Precision } from '../../../../preload/contract/precision.ts';
import { loraBranches, type AppliedLora } from '../loraBranches.ts';
import type { ProbeSink } from '../probe.ts';
import { ParameterScope } from '../parameterScope.ts';
import type { ParameterSource } from '../parameterSource.ts';
import { downBlock, midBlock, upBlock, type LevelOptions } from './blocks.ts';
import type { UnetContext } from './context.ts';
import { timeEmbedding } from './timeEmbedding.ts';

export interface UnetInputs {
  /** X_t: [N, C, h, w]; h and w need not be multiples of anything. */
  readonly latents: Tensor;
  /** t: [N], float32 (some samplers use fractions). */
  readonly timestep: Tensor;
  /** The caption's hidden states: [N, L, D]. */
  readonly encoderHiddenStates: Tensor;
  /** Grounding tokens from the position net: [N, 30, D]. Null: the fusers are switched off. */
  readonly objects: Tensor | null;
}

export interface UnetOptions extends Partial<AttentionMethod> {
  /** Receives the attention maps it wants (batch 1 only). */
  readonly probes?: ProbeSink;
  readonly loras?: readonly AppliedLora[];
  /** Type of the computation, float32 unless given; in- and outputs and the maps of probes are float32 always. */
  readonly precision?: Precision;
}

/**
 * diffusers' UNet2DConditionModel of Stable Diffusion 1.x with GLIGEN's fusers
 * (models/unets/unet_2d_condition.py, 0.33.1). What the graph's outputs do not depend on is never computed:
 * with probes alone as outputs, the network ends at the last probe.
 *
 * @returns the prediction (epsilon or v): [N, outChannels, h, w]
 * @throws UserError when a tensor is missing or does not have the shape that the config asks for
 */
export function buildUnet(
  graph: Graph,
  config: UNetConfig,
  tensors: ParameterSource,
  inputs: UnetInputs,
  options: UnetOptions = {},
): Tensor {
  const { probes = null, loras = [], precision = 'float32', ...method } = options;
  const weights = new ParameterScope(graph, tensors, loraBranches(loras), precision);
  return graph.scope('unet', () => {
    const [firstChannels = 0] = config.blockOutChannels;
    const { normNumGroups: groups, normEps: epsilon } = config;
    const context: UnetContext = {
      time: silu(timeEmbedding(weights, inputs.timestep, firstChannels, config)),
      text: cast(inputs.encoderHiddenStates, precision),
      objects: inputs.objects && cast(inputs.objects, precision),
      groups,
      epsilon,
      policy: { ...plainAttention, ...method },
      probes,
    };
    let hidden = conv3x3(weights, 'conv_in', cast(inputs.latents, precision), firstChannels);
    const skips = [hidden];
    const levels = config.blockOutChannels.length;
    config.downBlockTypes.forEach((type, level) => {
      const own = levelOptions(config, level, type === 'CrossAttnDownBlock2D');
      skips.push(
        ...weights.layer(`down_blocks.${level}`, (block) =>
          downBlock(block, hidden, own, level < levels - 1, context),
        ),
      );
      hidden = skips.at(-1) ?? hidden;
    });

    const deepest = levelOptions(config, levels - 1, true);
    hidden = weights.layer('mid_block', (block) => {
      const { channels, attention } = deepest;
      return attention ? midBlock(block, hidden, channels, attention, context) : hidden;
    });

    config.upBlockTypes.forEach((type, index) => {
      const level = levels - 1 - index;
      const own = levelOptions(config, level, type === 'CrossAttnUpBlock2D');
      const layers = own.layers + 1;
      hidden = weights.layer(`up_blocks.${index}`, (block) =>
        upBlock(block, hidden, skips, { ...own, layers }, level > 0, context),
      );
    });

    hidden = silu(groupNormLayer(weights, 'conv_norm_out', hidden, groups, epsilon));
    return cast(conv3x3(weights, 'conv_out', hidden, config.outChannels), 'float32');
  });
}

function levelOptions(config: UNetConfig, level: number, attention: boolean): LevelOptions {
  const at = (list: readonly number[]): number => list[level] ?? 0;
  return {
    channels: at(config.blockOutChannels),
    layers: at(config.layersPerBlock),
    attention: attention
      ? {
          heads: at(config.attentionHeads),
          depth: at(config.transformerLayersPerBlock),
          linearProjection: config.useLinearProjection,
        }
      : null,
  };
}
