/** CompVis' own names, and those that programs on diffusers, before 0.18 and since, wrote in their place. */
const attentionLayers: Readonly<Record<string, string>> = {
  norm: 'group_norm',
  q: 'to_q',
  k: 'to_k',
  v: 'to_v',
  proj_out: 'to_out.0',
  group_norm: 'group_norm',
  to_q: 'to_q',
  to_k: 'to_k',
  to_v: 'to_v',
  'to_out.0': 'to_out.0',
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

/**
 * A tensor's name in a CompVis VAE (ldm/modules/diffusionmodules/model.py) as diffusers calls it, as diffusers'
 * `convert_ldm_vae_checkpoint` does (loaders/single_file_utils.py). Attention projections are 1x1 convolutions
 * there and matrices in diffusers.
 *
 * @param name without the prefix `first_stage_model.`
 * @param levels number of resolutions; CompVis counts the decoder's from the finest
 * @returns null when it is no name of such a VAE
 */
export function vaeNameFromCompVis(name: string, levels: number): string | null {
  if (/^(post_)?quant_conv\.(weight|bias)$/.test(name)) return name;
  const match = /^(encoder|decoder)\.(.+)\.(weight|bias)$/.exec(name);
  if (match === null) return null;
  const [, side = '', path = '', kind = ''] = match;
  const renamed = insideName(side, path, levels);
  return renamed === null ? null : `${side}.${renamed}.${kind}`;
}

function insideName(side: string, path: string, levels: number): string | null {
  if (path === 'conv_in' || path === 'conv_out') return path;
  if (path === 'norm_out') return 'conv_norm_out';

  const middle = /^mid\.(block|attn)_(\d)\.(.+)$/.exec(path);
  if (middle !== null) {
    const [, kind, number, layer = ''] = middle;
    if (kind === 'block') return resnetName(`mid_block.resnets.${Number(number) - 1}`, layer);
    const attention = attentionLayers[layer];
    return attention === undefined || number !== '1' ? null : `mid_block.attentions.0.${attention}`;
  }

  const level = /^(down|up)\.(\d+)\.(.+)$/.exec(path);
  if (level === null || (level[1] === 'down') !== (side === 'encoder')) return null;
  const [, direction, number, rest = ''] = level;
  const index = direction === 'down' ? Number(number) : levels - 1 - Number(number);
  if (index < 0) return null;
  const block = `${direction}_blocks.${index}`;
  if (rest === 'downsample.conv') return `${block}.downsamplers.0.conv`;
  if (rest === 'upsample.conv') return `${block}.upsamplers.0.conv`;
  const resnet = /^block\.(\d+)\.(.+)$/.exec(rest);
  return resnet === null ? null : resnetName(`${block}.resnets.${resnet[1]}`, resnet[2] ?? '');
}

function resnetName(path: string, layer: string): string | null {
  if (layer === 'nin_shortcut') return `${path}.conv_shortcut`;
  return ['norm1', 'conv1', 'norm2', 'conv2'].includes(layer) ? `${path}.${layer}` : null;
}
