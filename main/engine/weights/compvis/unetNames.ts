import type { UNetConfig } from '../configs/unetConfig.ts';

/** Down, middle or up block, its layer and what comes behind, in CompVis' numbering. */
const block = /^(input_blocks\.(\d+)|middle_block|output_blocks\.(\d+))\.(\d+)\.(.+)$/;

/** Stable Diffusion 1.x: two residual blocks and a resampling per level down, three residual blocks per level up. */
const BLOCKS_PER_LEVEL = 3;
/** Resolutions of Stable Diffusion 1.x; the lowest has no attention. */
const LEVELS = 4;

const direct: ReadonlyMap<string, string> = new Map([
  ['time_embed.0', 'time_embedding.linear_1'],
  ['time_embed.2', 'time_embedding.linear_2'],
  ['input_blocks.0.0', 'conv_in'],
  ['out.0', 'conv_norm_out'],
  ['out.2', 'conv_out'],
]);

const resnetLayers: ReadonlyMap<string, string> = new Map([
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
]);

/**
 * A tensor's name in a CompVis UNet (ldm/modules/diffusionmodules/openaimodel.py) as diffusers calls it, as
 * diffusers' `convert_ldm_unet_checkpoint` does (loaders/single_file_utils.py); GLIGEN's fusers keep their names
 * inside their blocks, its position net keeps its name altogether.
 *
 * @param name without the prefix `model.diffusion_model.`
 * @returns null when it is no name of a CompVis UNet of Stable Diffusion 1.x
 */
export function unetNameFromCompVis(name: string): string | null {
  if (name.startsWith('position_net.')) return name;
  const dot = name.lastIndexOf('.');
  const plain = direct.get(name.slice(0, dot));
  if (plain !== undefined) return `${plain}${name.slice(dot)}`;
  const match = block.exec(name);
  if (match === null) return null;
  const [, , input, output, moduleText, rest = ''] = match;
  const index = Number(moduleText);
  if (input !== undefined) return downName(Number(input), index, rest);
  if (output !== undefined) return upName(Number(output), index, rest);
  return middleName(index, rest);
}

const turned = (names: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...names].map(([theirs, ours]) => [ours, theirs]));

const directBack = turned(direct);
const resnetBack = turned(resnetLayers);

/** A layer's place, and what it is called inside of its block. */
const place =
  /^(?:(down|up)_blocks\.(\d+)|mid_block)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)$/;

/**
 * The other way round for a layer of a UNet of any depth, as ComfyUI has it for the names of LoRAs (comfy/utils.py,
 * unet_to_diffusers): "down_blocks.0.attentions.1.proj_in" is "input_blocks.2.1.proj_in".
 *
 * @param layer path as diffusers names it, without `.weight`
 * @returns null when CompVis has no such layer
 */
export function unetLayerInCompVis(
  layer: string,
  { layersPerBlock, upBlockTypes }: Pick<UNetConfig, 'layersPerBlock' | 'upBlockTypes'>,
): string | null {
  const plain = directBack.get(layer);
  if (plain !== undefined) return plain;
  const match = place.exec(layer);
  if (match === null) return null;
  const [, side, block, kind, indexText, rest = ''] = match;
  const [at, index] = [Number(block ?? 0), Number(indexText)];
  const inside = kind === 'resnets' ? resnetBack.get(rest) : rest;
  if (inside === undefined) return null;
  if (side === undefined) return `middle_block.${kind === 'resnets' ? 2 * index : 1}.${inside}`;
  const depths = side === 'down' ? layersPerBlock : [...layersPerBlock].reverse();
  const before = depths.slice(0, at).reduce((sum, depth) => sum + depth + 1, 0);
  const last = before + (depths[at] ?? 0);
  // CompVis counts the first convolution as an input block.
  if (kind === 'downsamplers') return `input_blocks.${last + 1}.0.op`;
  if (kind === 'upsamplers') {
    return `output_blocks.${last}.${upBlockTypes[at] === 'CrossAttnUpBlock2D' ? 2 : 1}.conv`;
  }
  const module = kind === 'resnets' ? 0 : 1;
  return side === 'down'
    ? `input_blocks.${before + index + 1}.${module}.${inside}`
    : `output_blocks.${before + index}.${module}.${inside}`;
}

function downName(number: number, module: number, rest: string): string | null {
  const level = Math.floor((number - 1) / BLOCKS_PER_LEVEL);
  const layer = (number - 1) % BLOCKS_PER_LEVEL;
  if (number < 1) return null;
  const path = `down_blocks.${level}`;
  if (layer === BLOCKS_PER_LEVEL - 1) {
    return module === 0 && level < LEVELS - 1 && /^op\.(weight|bias)$/.test(rest)
      ? `${path}.downsamplers.0.conv.${rest.slice(3)}`
      : null;
  }
  if (module === 0) return resnetName(`${path}.resnets.${layer}`, rest);
  return module === 1 && level < LEVELS - 1 ? `${path}.attentions.${layer}.${rest}` : null;
}

function middleName(module: number, rest: string): string | null {
  if (module === 1) return `mid_block.attentions.0.${rest}`;
  return module === 0 || module === 2 ? resnetName(`mid_block.resnets.${module / 2}`, rest) : null;
}

function upName(number: number, module: number, rest: string): string | null {
  const level = Math.floor(number / BLOCKS_PER_LEVEL);
  const layer = number % BLOCKS_PER_LEVEL;
  const path = `up_blocks.${level}`;
  if (level >= LEVELS) return null;
  if (module === 0) return resnetName(`${path}.resnets.${layer}`, rest);
  // The upsampling is the last module of a level's last block: behind the attention, which the lowest resolution has not.
  if (/^conv\.(weight|bias)$/.test(rest)) {
    const isLast = layer === BLOCKS_PER_LEVEL - 1 && level < LEVELS - 1;
    return isLast && module === (level === 0 ? 1 : 2) ? `${path}.upsamplers.0.${rest}` : null;
  }
  return module === 1 && level > 0 ? `${path}.attentions.${layer}.${rest}` : null;
}

function resnetName(path: string, rest: string): string | null {
  const dot = rest.lastIndexOf('.');
  const layer = resnetLayers.get(rest.slice(0, dot));
  return layer === undefined ? null : `${path}.${layer}${rest.slice(dot)}`;
}
