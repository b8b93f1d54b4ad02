import { readFile, stat } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { unetNameFromCompVis } from './compvis/unetNames.ts';
import { vaeNameFromCompVis } from './compvis/vaeNames.ts';
import type { ModelConfigs } from './configs/sd1Configs.ts';
import { withCurrentAttentionNames } from './deprecatedNames.ts';
import type { TensorDirectory, TensorEntry } from './tensorDirectory.ts';
import { tensorDirectory } from './tensorDirectory.ts';
import { openTensorFile } from './tensorFile.ts';

/** The parts of a checkpoint under the names of diffusers and transformers. */
export interface CheckpointParts {
  readonly unet: TensorDirectory;
  readonly textEncoder: TensorDirectory;
  readonly vae: TensorDirectory;
  readonly prediction: CheckpointPrediction;
}

/** What a checkpoint says of its noise schedule. */
export interface CheckpointPrediction {
  /** The network predicts the velocity (v_prediction) instead of the noise. */
  readonly velocity: boolean;
  /** The last step of the schedule is noise alone (rescale_betas_zero_snr). */
  readonly zeroSnr: boolean;
}

interface PartNames {
  /** Where the part's names begin: in checkpoints of Stable Diffusion and in GLIGEN's own files. */
  readonly prefixes: readonly string[];
  rename(name: string): string | null;
}

/** Other families by a name that all their checkpoints have. */
const otherFamilies: readonly (readonly [RegExp, string])[] = [
  [
    /^(down_blocks|up_blocks)\.\d+\.resnets\./,
    "a UNet alone, under diffusers' names: add the folder that holds the folder unet",
  ],
  [
    /^(position_net\.|(input_blocks|output_blocks|middle_block)\..*\.fuser\.)/,
    'a GLIGEN adapter, which is no model by itself: add a Stable Diffusion 1.x model and name this file as its adapter',
  ],
  [/^conditioner\.embedders\./, 'Stable Diffusion XL'],
  [/^cond_stage_model\.model\./, 'Stable Diffusion 2'],
  [/^model\.diffusion_model\.joint_blocks\./, 'Stable Diffusion 3'],
  [/double_blocks\.\d+\.img_attn\./, 'FLUX'],
  [/^(lora_unet_|lora_te_)/, 'a LoRA, which is no model by itself'],
  [/^control_model\./, 'a ControlNet, which is no model by itself'],
];

/**
 * Opens a checkpoint of Stable Diffusion 1.x in one file, .safetensors or a zip of torch.save, with CompVis' names
 * (model.diffusion_model, first_stage_model, cond_stage_model.transformer), or one of GLIGEN's own files (model,
 * autoencoder, text_encoder). Averages (model_ema) and the training's numbers are left out.
 *
 * @throws UserError when the file is something else
 */
export async function openSingleFile(path: string, configs: ModelConfigs): Promise<CheckpointParts> {
  const file = await openTensorFile(path);
  for (const [pattern, family] of otherFamilies) {
    if (file.names.some((name) => pattern.test(name))) {
      throw new UserError(
        `${file.source}: is ${family}; only checkpoints of Stable Diffusion 1.x can be used.`,
      );
    }
  }
  const prediction = await predictionOf(file);
  const levels = configs.vae.blockOutChannels.length;
  const part = (what: string, names: PartNames): TensorDirectory => select(file, what, names);
  return {
    prediction,
    unet: part('a UNet', {
      prefixes: ['model.diffusion_model.', 'model.'],
      rename: unetNameFromCompVis,
    }),
    textEncoder: part('a text encoder', {
      prefixes: ['cond_stage_model.transformer.', 'text_encoder.transformer.'],
      rename: textEncoderName,
    }),
    vae: withCurrentAttentionNames(
      part('a VAE', {
        prefixes: ['first_stage_model.', 'autoencoder.'],
        rename: (name) => vaeNameFromCompVis(name, levels),
      }),
    ),
  };
}

/** A YAML file has a few kilobytes. */
const MAX_YAML_BYTES = 1024 * 1024;

/**
 * Empty tensors named `v_pred` and `ztsnr` are the markers that ComfyUI and reForge know (comfy/supported_models.py); before
 * them a YAML file of the same name said `parameterization: "v"`, as in Stability's v2-inference-v.yaml.
 */
async function predictionOf(file: TensorDirectory): Promise<CheckpointPrediction> {
  const marked = (name: string): boolean => file.get(name) !== undefined;
  const yaml = file.source.replace(/\.[^./\\]+$/, '');
  const texts = await Promise.all(
    [`${yaml}.yaml`, `${yaml}.yml`].map(async (path) => {
      const info = await stat(path).catch(() => null);
      return info?.isFile() && info.size <= MAX_YAML_BYTES ? readFile(path, 'utf8') : '';
    }),
  );
  const said = texts.some((text) =>
    /^[ \t]*parameterization[ \t]*:[ \t]*["']?v["']?[ \t]*(#.*)?$/m.test(text),
  );
  return { velocity: marked('v_pred') || said, zeroSnr: marked('ztsnr') };
}

/** Some merging programs drop the first part of the name. */
function textEncoderName(name: string): string | null {
  if (name.endsWith('.position_ids')) return null;
  if (name.startsWith('text_model.')) return name;
  return /^(embeddings|encoder|final_layer_norm)\./.test(name) ? `text_model.${name}` : null;
}

function select(file: TensorDirectory, what: string, { prefixes, rename }: PartNames): TensorDirectory {
  const prefix = prefixes.find((candidate) => file.names.some((name) => name.startsWith(candidate)));
  const entries = new Map<string, TensorEntry>();
  for (const name of file.names) {
    if (prefix === undefined || !name.startsWith(prefix)) continue;
    const entry = file.get(name);
    const renamed = rename(name.slice(prefix.length));
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
      `${file.source}: holds no tensors of ${what} (names that begin with "${prefixes[0]}"), only such as ` +
        `"${file.names[0] ?? ''}"; it is not a checkpoint of Stable Diffusion 1.x.`,
    );
  }
  return tensorDirectory(file.source, entries);
}
