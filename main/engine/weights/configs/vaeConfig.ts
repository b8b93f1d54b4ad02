import { z } from 'zod';
import { BOUNDS } from '../../../files/bounds.ts';
import { count, countUpTo, only, withoutNulls } from './configFields.ts';

/**
 * vae/config.json. Missing keys get the defaults of diffusers' AutoencoderKL
 * (models/autoencoders/autoencoder_kl.py, 0.33.1).
 */
const fields = z
  .object({
    in_channels: count.default(3),
    out_channels: count.default(3),
    down_block_types: z.array(z.literal('DownEncoderBlock2D')).default(['DownEncoderBlock2D']),
    up_block_types: z.array(z.literal('UpDecoderBlock2D')).default(['UpDecoderBlock2D']),
    block_out_channels: z.array(count).min(1).max(BOUNDS.numbers.levels).default([64]),
    layers_per_block: countUpTo(BOUNDS.numbers.layersPerLevel).default(1),
    latent_channels: count.default(4),
    norm_num_groups: count.default(32),
    scaling_factor: z.number().positive().default(0.18215),
    use_quant_conv: z.boolean().default(true),
    use_post_quant_conv: z.boolean().default(true),
    mid_block_add_attention: z.boolean().default(true),

    act_fn: only('silu'),
    shift_factor: only(null),
    latents_mean: only(null),
    latents_std: only(null),
  })
  .transform((raw, context) => {
    for (const key of ['down_block_types', 'up_block_types'] as const) {
      if (raw[key].length !== raw.block_out_channels.length) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `it has ${raw[key].length} entries, block_out_channels has ${raw.block_out_channels.length}`,
        });
      }
    }
    raw.block_out_channels.forEach((channels, level) => {
      if (channels % raw.norm_num_groups !== 0) {
        context.addIssue({
          code: 'custom',
          path: ['block_out_channels', level],
          message: `${channels} is not a multiple of norm_num_groups, ${raw.norm_num_groups}`,
        });
      }
    });
    return {
      inChannels: raw.in_channels,
      outChannels: raw.out_channels,
      blockOutChannels: raw.block_out_channels,
      /** Residual blocks of each encoder level; decoder levels have one more. */
      layersPerBlock: raw.layers_per_block,
      latentChannels: raw.latent_channels,
      normNumGroups: raw.norm_num_groups,
      /** The diffusion model's latents are the encoder's times this. */
      scalingFactor: raw.scaling_factor,
      useQuantConv: raw.use_quant_conv,
      usePostQuantConv: raw.use_post_quant_conv,
      midBlockAddAttention: raw.mid_block_add_attention,
      /** Image pixels per latent cell and side. */
      scale: 2 ** (raw.block_out_channels.length - 1),
    };
  });

export const vaeConfigSchema = withoutNulls(fields, [
  'use_quant_conv',
  'use_post_quant_conv',
  'mid_block_add_attention',
]);

export type VaeConfig = z.output<typeof fields>;
