/** Down, middle or up block, its layer and what comes behind, in CompVis' numbering. */
const block = /^(input_blocks\.(\d+)|middle_block|output_blocks\.(\d+))\.(\d+)\.(.+)$/;

/** Stable Diffusion 1.x: two residual blocks and a resampling per level down, three residual blocks per level up. */
const BLOCKS_PER_LEVEL = 3;

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

function downName(number: number, module: number, rest: string): string | null {
  const level = Math.floor((number - 1) / BLOCKS_PER_LEVEL);
  const layer = (number - 1) % BLOCKS_PER_LEVEL;
  if (number < 1) return null;
  const path = `down_blocks.${level}`;
  if (layer === BLOCKS_PER_LEVEL - 1) {
    return module === 0 && rest.startsWith('op.') ? `${path}.downsamplers.0.conv.${rest.slice(3)}` : null;
  }
  if (module === 0) return resnetName(`${path}.resnets.${layer}`, rest);
  return module === 1 ? `${path}.attentions.${layer}.${rest}` : null;
}

function middleName(module: number, rest: string): string | null {
  if (module === 1) return `mid_block.attentions.0.${rest}`;
  return module === 0 || module === 2 ? resnetName(`mid_block.resnets.${module / 2}`, rest) : null;
}

function upName(number: number, module: number, rest: string): string | null {
  const level = Math.floor(number / BLOCKS_PER_LEVEL);
  const layer = number % BLOCKS_PER_LEVEL;
  const path = `up_blocks.${level}`;
  if (module === 0) return resnetName(`${path}.resnets.${layer}`, rest);
  // The upsampling follows the attention, or the residual block where a level has none.
  const upsampler = /^conv\.(weight|bias)$/.exec(rest);
  if (upsampler !== null) return `${path}.upsamplers.0.${rest}`;
  return module === 1 ? `${path}.attentions.${layer}.${rest}` : null;
}

function resnetName(path: string, rest: string): string | null {
  const dot = rest.lastIndexOf('.');
  const layer = resnetLayers.get(rest.slice(0, dot));
  return layer === undefined ? null : `${path}.${layer}${rest.slice(dot)}`;
}
