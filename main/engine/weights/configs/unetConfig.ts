import { z } from 'zod';
import { BOUNDS } from '../../../files/bounds.ts';
import { count, countUpTo, flag, listPerLevel, only, withoutNulls } from './configFields.ts';

const downBlockTypes = ['CrossAttnDownBlock2D', 'DownBlock2D'] as const;
const { levels } = BOUNDS.numbers;
const layers = countUpTo(BOUNDS.numbers.layersPerLevel);
const upBlockTypes = ['CrossAttnUpBlock2D', 'UpBlock2D'] as const;

/**
 * unet/config.json. Missing keys get the defaults of diffusers' UNet2DConditionModel
 * (models/unets/unet_2d_condition.py, 0.33.1); keys whose other values would change the network in ways that
 * are not built here are refused by name.
 */
const fields = z
  .object({
    sample_size: z.union([count, z.tuple([count, count])]).nullish(),
    in_channels: count.default(4),
    out_channels: count.default(4),
    flip_sin_to_cos: flag.default(true),
    freq_shift: z.number().default(0),
    down_block_types: z
      .array(z.enum(downBlockTypes))
      .default(['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D']),
    up_block_types: z
      .array(z.enum(upBlockTypes))
      .default(['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D']),
    block_out_channels: z.array(count).min(1).max(levels).default([320, 640, 1280, 1280]),
    layers_per_block: z.union([layers, z.array(layers).max(levels)]).default(2),
    norm_num_groups: count.default(32),
    norm_eps: z.number().positive().default(1e-5),
    cross_attention_dim: z.union([count, z.array(count).max(levels)]).default(1280),
    transformer_layers_per_block: z.union([layers, z.array(layers).max(levels)]).default(1),
    attention_head_dim: z.union([count, z.array(count).max(levels)]).default(8),
    use_linear_projection: flag.default(false),
    attention_type: z.enum(['default', 'gated', 'gated-text-image']).default('default'),
    /** Key of 2023's first GLIGEN conversions, before `attention_type`. */
    use_gated_attention: flag.default(false),
    upcast_attention: flag.default(false),

    _class_name: only('UNet2DConditionModel'),
    center_input_sample: only(false),
    mid_block_type: only('UNetMidBlock2DCrossAttn'),
    only_cross_attention: only(false),
    downsample_padding: only(1),
    mid_block_scale_factor: only(1),
    act_fn: only('silu'),
    reverse_transformer_layers_per_block: only(null),
    encoder_hid_dim: only(null),
    encoder_hid_dim_type: only(null),
    num_attention_heads: only(null),
    dual_cross_attention: only(false),
    class_embed_type: only(null),
    addition_embed_type: z
      .null({
        error: ({ input }) =>
          input === 'text_time'
            ? 'it is a UNet of Stable Diffusion XL, only Stable Diffusion 1.x can be used'
            : `${JSON.stringify(input)} is not supported, only null`,
      })
      .optional(),
    num_class_embeds: only(null),
    resnet_time_scale_shift: only('default'),
    resnet_skip_time_act: only(false),
    resnet_out_scale_factor: only(1),
    time_embedding_type: only('positional'),
    time_embedding_dim: only(null),
    time_embedding_act_fn: only(null),
    timestep_post_act: only(null),
    time_cond_proj_dim: only(null),
    conv_in_kernel: only(3),
    conv_out_kernel: only(3),
    mid_block_only_cross_attention: only(null, false),
    cross_attention_norm: only(null),
  })
  .transform((raw, context) => {
    const depth = raw.block_out_channels.length;
    const perLevel = listPerLevel(depth, context);
    for (const [key, types] of [
      ['down_block_types', raw.down_block_types],
      ['up_block_types', raw.up_block_types],
    ] as const) {
      if (types.length !== depth) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `it has ${types.length} entries, block_out_channels has ${depth}`,
        });
      }
    }
    const attentionHeads = perLevel('attention_head_dim', raw.attention_head_dim);
    raw.block_out_channels.forEach((channels, level) => {
      if (channels % raw.norm_num_groups !== 0) {
        context.addIssue({
          code: 'custom',
          path: ['block_out_channels', level],
          message: `${channels} is not a multiple of norm_num_groups, ${raw.norm_num_groups}`,
        });
      }
      const heads = attentionHeads[level] ?? 1;
      if (channels % heads !== 0) {
        context.addIssue({
          code: 'custom',
          path: ['attention_head_dim'],
          message: `${channels} channels cannot be shared among ${heads} heads`,
        });
      }
    });
    const crossAttentionDims = perLevel('cross_attention_dim', raw.cross_attention_dim);
    const crossAttentionDim = crossAttentionDims[0] ?? 0;
    if (crossAttentionDims.some((dim) => dim !== crossAttentionDim)) {
      context.addIssue({
        code: 'custom',
        path: ['cross_attention_dim'],
        message: 'it differs between levels, which is not supported',
      });
    }
    return {
      /** Side of the latent the model was trained on: [height, width], or null when the file doesn't say. */
      sampleSize: typeof raw.sample_size === 'number' ? pair(raw.sample_size) : (raw.sample_size ?? null),
      inChannels: raw.in_channels,
      outChannels: raw.out_channels,
      flipSinToCos: raw.flip_sin_to_cos,
      freqShift: raw.freq_shift,
      downBlockTypes: raw.down_block_types,
      upBlockTypes: raw.up_block_types,
      blockOutChannels: raw.block_out_channels,
      /** Residual blocks of each down level; up levels (in reverse order) have one more. */
      layersPerBlock: perLevel('layers_per_block', raw.layers_per_block),
      normNumGroups: raw.norm_num_groups,
      normEps: raw.norm_eps,
      crossAttentionDim,
      transformerLayersPerBlock: perLevel('transformer_layers_per_block', raw.transformer_layers_per_block),
      /** Number of heads per level: diffusers' `attention_head_dim` is, in spite of its name, just that. */
      attentionHeads,
      useLinearProjection: raw.use_linear_projection,
      attentionType:
        raw.attention_type === 'default' && raw.use_gated_attention ? ('gated' as const) : raw.attention_type,
      upcastAttention: raw.upcast_attention,
    };
  });

export const unetConfigSchema = withoutNulls(fields, ['flip_sin_to_cos']);

export type UNetConfig = z.output<typeof fields>;

function pair(side: number): [number, number] {
  return [side, side];
}
