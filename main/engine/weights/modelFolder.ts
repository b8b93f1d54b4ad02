import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { SchedulerConfig } from './configs/schedulerConfig.ts';
import { schedulerConfigSchema } from './configs/schedulerConfig.ts';
import type { TextEncoderConfig } from './configs/textEncoderConfig.ts';
import { textEncoderConfigSchema } from './configs/textEncoderConfig.ts';
import type { UNetConfig } from './configs/unetConfig.ts';
import { unetConfigSchema } from './configs/unetConfig.ts';
import type { VaeConfig } from './configs/vaeConfig.ts';
import { vaeConfigSchema } from './configs/vaeConfig.ts';
import { withCurrentAttentionNames } from './deprecatedNames.ts';
import { unreadable } from './fileTrouble.ts';
import { isGligenTensor } from './gligenTensors.ts';
import { holdsGligen, requireGligen } from './gligenTensors.ts';
import { readJsonFile } from './jsonFile.ts';
import { sha256OfFiles } from './sha256.ts';
import type { TensorDirectory } from './tensorDirectory.ts';
import type { TokenizerFiles } from './tokenizerFiles.ts';
import { readTokenizerFiles } from './tokenizerFiles.ts';
import { openWeights } from './weightFiles.ts';

/** One network of a model: its config after defaults, and where its tensors lie. */
export interface ModelPart<Config> {
  readonly config: Config;
  readonly tensors: TensorDirectory;
}

/** A Stable Diffusion 1.x model as diffusers lays it out, with GLIGEN's layers in its UNet. */
export interface ModelFolder {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly unet: ModelPart<UNetConfig>;
  readonly textEncoder: ModelPart<TextEncoderConfig>;
  readonly vae: ModelPart<VaeConfig>;
  readonly scheduler: SchedulerConfig;
  readonly tokenizer: TokenizerFiles;
  /** Whether the UNet follows boxes, found out from its tensors. */
  readonly gligen: boolean;
}

export interface OpenOptions {
  /** Read only this variant of the weights ("fp16"); unless given, full precision and, failing that, fp16. */
  readonly variant?: string;
  /** Accept a UNet without GLIGEN's layers. */
  readonly allowPlain?: boolean;
  /** The UNet gets GLIGEN's layers from another file: one without them is looked for first. */
  readonly adapted?: boolean;
}

/**
 * Opens a diffusers model folder: reads the configs and the headers of the weight files, no weights.
 * model_index.json is not read: published GLIGEN folders call themselves StableDiffusionPipeline there.
 *
 * @throws UserError naming the file and what is wrong with it
 */
export async function openModelFolder(folder: string, options: OpenOptions = {}): Promise<ModelFolder> {
  const path = await resolveFolder(folder);
  const grounded = ({ names }: TensorDirectory): boolean =>
    names.some(isGligenTensor) !== (options.adapted ?? false);
  const unet = await openPart(
    path,
    'unet',
    'diffusion_pytorch_model',
    unetConfigSchema,
    options.variant,
    grounded,
  );
  if (options.allowPlain !== true) requireGligen(unet.tensors, unet.config);
  const gligen = holdsGligen(unet.tensors, unet.config);
  const textEncoder = await openPart(path, 'text_encoder', 'model', textEncoderConfigSchema, options.variant);
  const vae = await openPart(path, 'vae', 'diffusion_pytorch_model', vaeConfigSchema, options.variant);
  if (unet.config.crossAttentionDim !== textEncoder.config.hiddenSize) {
    throw new UserError(
      `${path}: the UNet attends to texts of width ${unet.config.crossAttentionDim}, the text encoder makes ` +
        `${textEncoder.config.hiddenSize}; the folder mixes two models.`,
    );
  }
  return {
    path,
    // The tensors decide, whatever the config says.
    unet: { ...unet, config: { ...unet.config, attentionType: gligen ? 'gated' : 'default' } },
    textEncoder,
    vae: { ...vae, tensors: withCurrentAttentionNames(vae.tensors) },
    scheduler: await readJsonFile(join(path, 'scheduler', 'scheduler_config.json'), schedulerConfigSchema),
    tokenizer: await readTokenizerFiles(join(path, 'tokenizer')),
    gligen,
  };
}

/** The files that hold a model's weights, sorted, each once. */
export function weightFiles(model: ModelFolder): string[] {
  const files = new Set<string>();
  for (const { tensors } of [model.unet, model.textEncoder, model.vae]) {
    for (const name of tensors.names) {
      const file = tensors.get(name)?.file;
      if (file !== undefined) files.add(file);
    }
  }
  return [...files].sort();
}

/**
 * SHA-256 that names a model's weights: of unet, text encoder and VAE in this order, so that it doesn't
 * depend on where the folder lies. Reads all weights once (seconds for gigabytes): cache it.
 */
export async function weightsHash(model: ModelFolder, signal?: AbortSignal): Promise<string> {
  const files = new Set<string>();
  for (const { tensors } of [model.unet, model.textEncoder, model.vae]) {
    for (const name of [...tensors.names].sort()) {
      const file = tensors.get(name)?.file;
      if (file !== undefined) files.add(file);
    }
  }
  return sha256OfFiles([...files], signal);
}

async function resolveFolder(folder: string): Promise<string> {
  const path = await realpath(folder).catch(async (error: unknown) => {
    throw await unreadable(folder, error, 'there is no such model folder');
  });
  if (!(await stat(path)).isDirectory()) {
    throw new UserError(
      `${folder}: is not a folder; a model is a folder with unet, text_encoder, vae, scheduler and tokenizer in it.`,
    );
  }
  const unet = join(path, 'unet');
  await stat(unet).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw await unreadable(unet, error);
    const [snapshot] = await readdir(join(path, 'snapshots')).catch(() => []);
    throw new UserError(
      snapshot === undefined
        ? `${folder}: has no "unet" folder; a model folder in the format of diffusers holds unet, text_encoder, vae, scheduler and tokenizer.`
        : `${folder}: is a model in the hub's cache; name the version in it, ${join(folder, 'snapshots', snapshot)}.`,
    );
  });
  return path;
}

async function openPart<Schema extends Parameters<typeof readJsonFile>[1]>(
  root: string,
  part: string,
  stem: string,
  schema: Schema,
  variant: string | undefined,
  wanted?: (tensors: TensorDirectory) => boolean,
): Promise<ModelPart<Schema['_zod']['output']>> {
  const config = await readJsonFile(join(root, part, 'config.json'), schema);
  return { config, tensors: await openWeights(join(root, part), stem, variant, wanted) };
}
