import { UserError } from '../errors.ts';
import { unetNameFromCompVis } from './compvis/unetNames.ts';
import type { UNetConfig } from './configs/unetConfig.ts';
import { expectedUnetTensors } from '../models/recordedTensors.ts';
import { isGligenTensor } from './gligenTensors.ts';
import type { TensorDirectory, TensorEntry } from './tensorDirectory.ts';
import { joinDirectories, tensorDirectory } from './tensorDirectory.ts';
import { openTensorFile } from './tensorFile.ts';
import { requireComplete } from './tensorGaps.ts';

/** Of checkpoints of Stable Diffusion, and `model.` of GLIGEN's own files (gligen/gligen-generation-text-box). */
const prefix = /^(?:(?:model\.)?diffusion_model\.|model\.)/;

/**
 * GLIGEN's layers alone, as ComfyUI's pruned files hold them (comfyanonymous/GLIGEN_pruned_safetensors: fusers and
 * position net under CompVis names, with or without the prefix of a checkpoint; comfy/gligen.py reads the same) or GLIGEN's own,
 * under the names of diffusers. Other tensors of the file are left out.
 *
 * @throws UserError when the file holds none
 */
export async function openGligenAdapter(path: string): Promise<TensorDirectory> {
  const file = await openTensorFile(path);
  const entries = new Map<string, TensorEntry>();
  for (const name of file.names) {
    const entry = file.get(name);
    const renamed = adapterName(name.replace(prefix, ''));
    if (entry === undefined || renamed === null) continue;
    if (entries.has(renamed)) {
      throw new UserError(
        `${file.source}: two tensors are "${renamed}", one of them "${name}"; the file is ambiguous.`,
      );
    }
    entries.set(renamed, entry);
  }
  if (entries.size === 0) {
    throw new UserError(
      `${file.source}: holds none of GLIGEN's tensors ("position_net.null_positive_feature", ` +
        `"input_blocks.1.1.transformer_blocks.0.fuser.linear.weight" and so on); it is not a GLIGEN adapter. Take ` +
        `gligen_sd14_textbox_pruned.safetensors or its fp16 variant.`,
    );
  }
  return tensorDirectory(file.source, entries);
}

/** diffusers' name of an adapter's tensor; null for what is no part of GLIGEN. */
function adapterName(name: string): string | null {
  if (!isGligenTensor(name)) return null;
  return unetNameFromCompVis(name) ?? (/^(down|mid|up)_block/.test(name) ? name : null);
}

/**
 * A UNet of Stable Diffusion 1.x with GLIGEN's layers added. Both files are used where they are.
 *
 * @param unet the plain one
 * @throws UserError when it has such layers already, or when the adapter lacks tensors or doesn't fit
 */
export function withGligenAdapter(
  unet: TensorDirectory,
  adapter: TensorDirectory,
  config: UNetConfig,
): TensorDirectory {
  if (unet.names.some(isGligenTensor)) {
    throw new UserError(
      `${unet.source}: has GLIGEN layers of its own; use it without the adapter ${adapter.source}.`,
    );
  }
  const all = expectedUnetTensors({ ...config, attentionType: 'gated' });
  requireComplete(adapter, new Map([...all].filter(([name]) => isGligenTensor(name))));
  return joinDirectories([unet, adapter]);
}
