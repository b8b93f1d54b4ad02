import type { SchedulerConfig } from './schedulerConfig.ts';
import { schedulerConfigSchema } from './schedulerConfig.ts';
import type { TextEncoderConfig } from './textEncoderConfig.ts';
import { textEncoderConfigSchema } from './textEncoderConfig.ts';
import type { UNetConfig } from './unetConfig.ts';
import { unetConfigSchema } from './unetConfig.ts';
import type { VaeConfig } from './vaeConfig.ts';
import { vaeConfigSchema } from './vaeConfig.ts';

/** The configs of all parts of a model, for files that hold weights alone. */
export interface ModelConfigs {
  readonly unet: UNetConfig;
  readonly textEncoder: TextEncoderConfig;
  readonly vae: VaeConfig;
  readonly scheduler: SchedulerConfig;
}

/** The config files of CompVis/stable-diffusion-v1-4, which every Stable Diffusion 1.x model shares. */
export const sd1ConfigFiles = {
  unet: {
    _class_name: 'UNet2DConditionModel',
    act_fn: 'silu',
    attention_head_dim: 8,
    block_out_channels: [320, 640, 1280, 1280],
    center_input_sample: false,
    cross_attention_dim: 768,
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    downsample_padding: 1,
    flip_sin_to_cos: true,
    freq_shift: 0,
    in_channels: 4,
    layers_per_block: 2,
    mid_block_scale_factor: 1,
    norm_eps: 1e-5,
    norm_num_groups: 32,
    out_channels: 4,
    sample_size: 64,
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  },
  text_encoder: {
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    vocab_size: 49408,
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    max_position_embeddings: 77,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
    bos_token_id: 0,
    eos_token_id: 2,
  },
  vae: {
    _class_name: 'AutoencoderKL',
    act_fn: 'silu',
    block_out_channels: [128, 256, 512, 512],
    down_block_types: Array.from({ length: 4 }, () => 'DownEncoderBlock2D'),
    up_block_types: Array.from({ length: 4 }, () => 'UpDecoderBlock2D'),
    in_channels: 3,
    out_channels: 3,
    latent_channels: 4,
    layers_per_block: 2,
    norm_num_groups: 32,
    sample_size: 512,
  },
  scheduler: {
    _class_name: 'PNDMScheduler',
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    num_train_timesteps: 1000,
    set_alpha_to_one: false,
    skip_prk_steps: true,
    steps_offset: 1,
    trained_betas: null,
    clip_sample: false,
  },
} as const;

/** The same after the defaults. */
export function sd1Configs(): ModelConfigs {
  return {
    unet: unetConfigSchema.parse(sd1ConfigFiles.unet),
    textEncoder: textEncoderConfigSchema.parse(sd1ConfigFiles.text_encoder),
    vae: vaeConfigSchema.parse(sd1ConfigFiles.vae),
    scheduler: schedulerConfigSchema.parse(sd1ConfigFiles.scheduler),
  };
}
