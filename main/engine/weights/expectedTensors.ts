import type { TextEncoderConfig } from './configs/textEncoderConfig.ts';
import type { UNetConfig } from './configs/unetConfig.ts';
import type { VaeConfig } from './configs/vaeConfig.ts';

/** Shapes by name. */
export type ExpectedTensors = ReadonlyMap<string, readonly number[]>;

/** Fourier features of a box: 8 frequencies, sine and cosine, 4 coordinates (diffusers' GLIGEN position net). */
const BOX_FEATURES = 64;
const POSITION_NET_WIDTH = 512;
/** Width of a transformer's feed-forward layer over that of its input. */
const FEED_FORWARD = 4;

/** Collects names and shapes layer by layer. */
class List {
  readonly shapes = new Map<string, readonly number[]>();

  add(name: string, ...shape: number[]): void {
    this.shapes.set(name, shape);
  }

  norm(path: string, channels: number): void {
    this.add(`${path}.weight`, channels);
    this.add(`${path}.bias`, channels);
  }

  linear(path: string, from: number, to: number, bias = true): void {
    this.add(`${path}.weight`, to, from);
    if (bias) this.add(`${path}.bias`, to);
  }

  conv(path: string, from: number, to: number, side = 3): void {
    this.add(`${path}.weight`, to, from, side, side);
    this.add(`${path}.bias`, to);
  }

  resnet(path: string, from: number, to: number, time: number | null): void {
    this.norm(`${path}.norm1`, from);
    this.conv(`${path}.conv1`, from, to);
    if (time !== null) this.linear(`${path}.time_emb_proj`, time, to);
    this.norm(`${path}.norm2`, to);
    this.conv(`${path}.conv2`, to, to);
    if (from !== to) this.conv(`${path}.conv_shortcut`, from, to, 1);
  }

  attention(path: string, width: number, context: number, bias = false): void {
    this.linear(`${path}.to_q`, width, width, bias);
    this.linear(`${path}.to_k`, context, width, bias);
    this.linear(`${path}.to_v`, context, width, bias);
    this.linear(`${path}.to_out.0`, width, width);
  }

  feedForward(path: string, width: number): void {
    this.linear(`${path}.net.0.proj`, width, 2 * FEED_FORWARD * width);
    this.linear(`${path}.net.2`, FEED_FORWARD * width, width);
  }

  fuser(path: string, width: number, context: number): void {
    this.linear(`${path}.linear`, context, width);
    this.attention(`${path}.attn`, width, width);
    this.feedForward(`${path}.ff`, width);
    this.norm(`${path}.norm1`, width);
    this.norm(`${path}.norm2`, width);
    this.add(`${path}.alpha_attn`);
    this.add(`${path}.alpha_dense`);
  }

  transformer(path: string, width: number, depth: number, config: UNetConfig): void {
    this.norm(`${path}.norm`, width);
    for (const projection of ['proj_in', 'proj_out']) {
      if (config.useLinearProjection) this.linear(`${path}.${projection}`, width, width);
      else this.conv(`${path}.${projection}`, width, width, 1);
    }
    for (let index = 0; index < depth; index += 1) {
      const block = `${path}.transformer_blocks.${index}`;
      for (const norm of ['norm1', 'norm2', 'norm3']) this.norm(`${block}.${norm}`, width);
      this.attention(`${block}.attn1`, width, width);
      this.attention(`${block}.attn2`, width, config.crossAttentionDim);
      this.feedForward(`${block}.ff`, width);
      if (config.attentionType === 'gated') this.fuser(`${block}.fuser`, width, config.crossAttentionDim);
    }
  }
}

/**
 * Every tensor of a UNet of this config (diffusers UNet2DConditionModel), with GLIGEN's when `attentionType` is
 * `gated`.
 */
export function expectedUnetTensors(config: UNetConfig): ExpectedTensors {
  const list = new List();
  const channels = config.blockOutChannels;
  const levels = channels.length;
  const at = (values: readonly number[], level: number): number => values[level] ?? 0;
  const [first = 0] = channels;
  const deepest = at(channels, levels - 1);
  const time = 4 * first;
  list.conv('conv_in', config.inChannels, first);
  list.linear('time_embedding.linear_1', first, time);
  list.linear('time_embedding.linear_2', time, time);

  const skips = [first];
  let width = first;
  config.downBlockTypes.forEach((type, level) => {
    const path = `down_blocks.${level}`;
    const to = at(channels, level);
    for (let layer = 0; layer < at(config.layersPerBlock, level); layer += 1) {
      list.resnet(`${path}.resnets.${layer}`, width, to, time);
      if (type === 'CrossAttnDownBlock2D') {
        list.transformer(
          `${path}.attentions.${layer}`,
          to,
          at(config.transformerLayersPerBlock, level),
          config,
        );
      }
      width = to;
      skips.push(width);
    }
    if (level < levels - 1) {
      list.conv(`${path}.downsamplers.0.conv`, width, width);
      skips.push(width);
    }
  });

  list.resnet('mid_block.resnets.0', deepest, deepest, time);
  list.transformer(
    'mid_block.attentions.0',
    deepest,
    at(config.transformerLayersPerBlock, levels - 1),
    config,
  );
  list.resnet('mid_block.resnets.1', deepest, deepest, time);

  config.upBlockTypes.forEach((type, index) => {
    const level = levels - 1 - index;
    const path = `up_blocks.${index}`;
    const to = at(channels, level);
    for (let layer = 0; layer <= at(config.layersPerBlock, level); layer += 1) {
      list.resnet(`${path}.resnets.${layer}`, width + (skips.pop() ?? 0), to, time);
      if (type === 'CrossAttnUpBlock2D') {
        list.transformer(
          `${path}.attentions.${layer}`,
          to,
          at(config.transformerLayersPerBlock, level),
          config,
        );
      }
      width = to;
    }
    if (level > 0) list.conv(`${path}.upsamplers.0.conv`, width, width);
  });

  list.norm('conv_norm_out', first);
  list.conv('conv_out', first, config.outChannels);
  if (config.attentionType === 'gated') {
    const text = config.crossAttentionDim;
    list.add('position_net.null_positive_feature', text);
    list.add('position_net.null_position_feature', BOX_FEATURES);
    list.linear('position_net.linears.0', text + BOX_FEATURES, POSITION_NET_WIDTH);
    list.linear('position_net.linears.2', POSITION_NET_WIDTH, POSITION_NET_WIDTH);
    list.linear('position_net.linears.4', POSITION_NET_WIDTH, text);
  }
  return list.shapes;
}

/** Whether a UNet tensor is one of those that GLIGEN added. */
export function isGligenTensor(name: string): boolean {
  return name.startsWith('position_net.') || name.includes('.fuser.');
}

/** Every tensor of a VAE of this config (diffusers AutoencoderKL). */
export function expectedVaeTensors(config: VaeConfig): ExpectedTensors {
  const list = new List();
  const channels = config.blockOutChannels;
  const [first = 0] = channels;
  const deepest = channels[channels.length - 1] ?? 0;
  const middle = (side: string): void => {
    list.resnet(`${side}.mid_block.resnets.0`, deepest, deepest, null);
    if (config.midBlockAddAttention) {
      list.norm(`${side}.mid_block.attentions.0.group_norm`, deepest);
      list.attention(`${side}.mid_block.attentions.0`, deepest, deepest, true);
    }
    list.resnet(`${side}.mid_block.resnets.1`, deepest, deepest, null);
  };
  const latents = config.latentChannels;
  list.conv('encoder.conv_in', config.inChannels, first);
  let width = first;
  channels.forEach((to, level) => {
    for (let layer = 0; layer < config.layersPerBlock; layer += 1) {
      list.resnet(`encoder.down_blocks.${level}.resnets.${layer}`, width, to, null);
      width = to;
    }
    if (level < channels.length - 1) list.conv(`encoder.down_blocks.${level}.downsamplers.0.conv`, to, to);
  });
  middle('encoder');
  list.norm('encoder.conv_norm_out', deepest);
  list.conv('encoder.conv_out', deepest, 2 * latents);
  if (config.useQuantConv) list.conv('quant_conv', 2 * latents, 2 * latents, 1);
  if (config.usePostQuantConv) list.conv('post_quant_conv', latents, latents, 1);
  list.conv('decoder.conv_in', latents, deepest);
  middle('decoder');
  [...channels].reverse().forEach((to, index) => {
    for (let layer = 0; layer <= config.layersPerBlock; layer += 1) {
      list.resnet(`decoder.up_blocks.${index}.resnets.${layer}`, width, to, null);
      width = to;
    }
    if (index < channels.length - 1) list.conv(`decoder.up_blocks.${index}.upsamplers.0.conv`, to, to);
  });
  list.norm('decoder.conv_norm_out', first);
  list.conv('decoder.conv_out', first, config.outChannels);
  return list.shapes;
}

/** Every tensor of a CLIP text encoder of this config (transformers CLIPTextModel). */
export function expectedTextTensors(config: TextEncoderConfig): ExpectedTensors {
  const list = new List();
  const width = config.hiddenSize;
  list.add('text_model.embeddings.token_embedding.weight', config.vocabSize, width);
  list.add('text_model.embeddings.position_embedding.weight', config.maxPositionEmbeddings, width);
  for (let layer = 0; layer < config.numHiddenLayers; layer += 1) {
    const path = `text_model.encoder.layers.${layer}`;
    for (const name of ['k_proj', 'v_proj', 'q_proj', 'out_proj'])
      list.linear(`${path}.self_attn.${name}`, width, width);
    list.norm(`${path}.layer_norm1`, width);
    list.linear(`${path}.mlp.fc1`, width, config.intermediateSize);
    list.linear(`${path}.mlp.fc2`, config.intermediateSize, width);
    list.norm(`${path}.layer_norm2`, width);
  }
  list.norm('text_model.final_layer_norm', width);
  return list.shapes;
}

/** Number of values of all tensors. */
export function parameterCount(expected: ExpectedTensors): number {
  return [...expected.values()].reduce((sum, shape) => sum + shape.reduce((size, axis) => size * axis, 1), 0);
}
