import { UserError } from '../errors.ts';
import type { UNetConfig } from './configs/unetConfig.ts';
import type { TensorDirectory } from './tensorDirectory.ts';

/** A tensor that every position net for text boxes has (diffusers GLIGENTextBoundingboxProjection). */
const POSITION_NET = 'position_net.null_positive_feature';

/** Whether a UNet tensor is one of those that GLIGEN added. */
export const isGligenTensor = (name: string): boolean =>
  name.startsWith('position_net.') || name.includes('.fuser.');

/**
 * Prefixes of all transformer blocks of a UNet, each of which has a fuser in a GLIGEN model:
 * `down_blocks.0.attentions.0.transformer_blocks.0` and so on (diffusers unet_2d_condition.py).
 */
export function transformerBlockPrefixes(config: UNetConfig): string[] {
  const prefixes: string[] = [];
  const levels = config.blockOutChannels.length;
  const add = (block: string, layers: number, depth: number): void => {
    for (let layer = 0; layer < layers; layer += 1) {
      for (let index = 0; index < depth; index += 1) {
        prefixes.push(`${block}.attentions.${layer}.transformer_blocks.${index}`);
      }
    }
  };
  const layersOf = (level: number): number => config.layersPerBlock[level] ?? 0;
  const depthOf = (level: number): number => config.transformerLayersPerBlock[level] ?? 0;
  config.downBlockTypes.forEach((type, level) => {
    if (type === 'CrossAttnDownBlock2D') add(`down_blocks.${level}`, layersOf(level), depthOf(level));
  });
  add('mid_block', 1, depthOf(levels - 1));
  config.upBlockTypes.forEach((type, index) => {
    const level = levels - 1 - index;
    if (type === 'CrossAttnUpBlock2D') add(`up_blocks.${index}`, layersOf(level) + 1, depthOf(level));
  });
  return prefixes;
}

/**
 * Whether the weights are a GLIGEN UNet for text boxes: a position net and a fuser in every transformer
 * block. Only the tensors tell: some published files carry GLIGEN's config and had the fusers dropped by the
 * program that converted them.
 *
 * @returns false when there is neither a position net nor a fuser
 * @throws UserError when there is only a part of them, or the text-and-image kind of GLIGEN
 */
export function holdsGligen(directory: TensorDirectory, config: UNetConfig): boolean {
  const positionNet = directory.names.some((name) => name.startsWith('position_net.'));
  const prefixes = transformerBlockPrefixes(config);
  const lacking = prefixes.filter((prefix) => directory.get(`${prefix}.fuser.linear.weight`) === undefined);
  if (!positionNet && lacking.length === prefixes.length) return false;
  if (config.attentionType === 'gated-text-image' || directory.get('position_net.null_text_feature')) {
    throw new UserError(
      `${directory.source}: is a GLIGEN model for texts and pictures; only the kind for text boxes can be used.`,
    );
  }
  if (lacking.length > 0) {
    throw new UserError(
      `${directory.source}: ${lacking.length} of ${prefixes.length} transformer blocks have no GLIGEN layer ` +
        `("${lacking[0]}.fuser.linear.weight" is missing); the file was converted wrongly, take another one.`,
    );
  }
  if (directory.get(POSITION_NET) === undefined) {
    throw new UserError(
      `${directory.source}: tensor "${POSITION_NET}" is missing; the GLIGEN weights are incomplete.`,
    );
  }
  return true;
}

/** @throws UserError when the UNet cannot take boxes */
export function requireGligen(directory: TensorDirectory, config: UNetConfig): void {
  if (holdsGligen(directory, config)) return;
  if (config.crossAttentionDim === 1024) {
    throw new UserError(
      `${directory.source}: is a UNet of Stable Diffusion 2 without GLIGEN layers, and GLIGEN's adapters fit Stable ` +
        'Diffusion 1.x alone; take a model of that family.',
    );
  }
  throw new UserError(
    `${directory.source}: holds no GLIGEN layers (no "position_net" and no ".fuser." tensors), so it cannot ` +
      `follow boxes; take a GLIGEN model, or add a GLIGEN adapter file to this one. (The files ` +
      `diffusion_pytorch_model.fp16.safetensors and .fp16.bin of gligen/diffusers-generation-text-box lack them; its ` +
      `diffusion_pytorch_model.bin has them.)`,
  );
}
