import { realpath } from 'node:fs/promises';
import { parse } from 'node:path';
import { UserError } from '../errors.ts';
import type { ModelConfigs } from './configs/sd1Configs.ts';
import { sd1Configs } from './configs/sd1Configs.ts';
import { expectedTextTensors, expectedUnetTensors, expectedVaeTensors } from '../models/recordedTensors.ts';
import { openGligenAdapter, withGligenAdapter } from './gligenAdapter.ts';
import { holdsGligen, requireGligen } from './gligenTensors.ts';
import type { ModelFolder, OpenOptions } from './modelFolder.ts';
import { openModelFolder, weightFiles } from './modelFolder.ts';
import { openSingleFile, type CheckpointPrediction } from './singleFile.ts';
import { requireComplete } from './tensorGaps.ts';
import { readTokenizerFiles } from './tokenizerFiles.ts';

/** Where a model lies: what the library remembers of it. Paths are absolute. */
export type ModelSource =
  /** A diffusers folder with GLIGEN in its UNet. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** Any Stable Diffusion 1.x diffusers folder and a file with GLIGEN's layers. */
  | { readonly kind: 'folder+adapter'; readonly folder: string; readonly adapter: string }
  /**
   * A checkpoint in one file; the adapter is null when the file has GLIGEN's layers itself. Such files hold no
   * tokenizer: `tokenizer` is a folder with CLIP's vocab.json and merges.txt.
   */
  | {
      readonly kind: 'checkpoint';
      readonly checkpoint: string;
      readonly adapter: string | null;
      readonly tokenizer: string;
    };

/**
 * Opens a model wherever it lies: reads configs and directories, no weights.
 *
 * @param source a path stands for a diffusers folder
 * @param configs those of a checkpoint in one file, SD1.4's unless given
 * @throws UserError naming the file, what was expected and what was found
 */
export async function openModel(
  source: ModelSource | string,
  options: OpenOptions & { readonly configs?: ModelConfigs } = {},
): Promise<ModelFolder> {
  const { configs, ...rest } = options;
  const model = await openSource(
    typeof source === 'string' ? { kind: 'folder', folder: source } : source,
    rest,
    configs,
  );
  requireOneDrive(model);
  return model;
}

async function openSource(
  source: ModelSource,
  options: OpenOptions,
  configs: ModelConfigs | undefined,
): Promise<ModelFolder> {
  switch (source.kind) {
    case 'folder':
      return openModelFolder(source.folder, options);
    case 'folder+adapter': {
      const base = await openModelFolder(source.folder, { ...options, allowPlain: true, adapted: true });
      const { tensors, config } = base.unet;
      const joined = withGligenAdapter(tensors, await openGligenAdapter(source.adapter), config);
      return {
        ...base,
        unet: { tensors: joined, config: { ...config, attentionType: 'gated' } },
        gligen: true,
      };
    }
    case 'checkpoint':
      return openCheckpoint(source, options, configs ?? sd1Configs());
  }
}

async function openCheckpoint(
  { checkpoint, adapter, tokenizer }: ModelSource & { kind: 'checkpoint' },
  { allowPlain }: OpenOptions,
  configs: ModelConfigs,
): Promise<ModelFolder> {
  const parts = await openSingleFile(checkpoint, configs);
  const plain: ModelConfigs['unet'] = { ...configs.unet, attentionType: 'default' };
  // Inpainting models have nine input channels, of which the file's first layer tells.
  const inChannels = parts.unet.get('conv_in.weight')?.shape[1] ?? plain.inChannels;
  const base = { ...plain, inChannels: [4, 9].includes(inChannels) ? inChannels : plain.inChannels };
  requireComplete(parts.unet, expectedUnetTensors(base));
  requireComplete(parts.textEncoder, expectedTextTensors(configs.textEncoder));
  requireComplete(parts.vae, expectedVaeTensors(configs.vae));
  const unet =
    adapter === null ? parts.unet : withGligenAdapter(parts.unet, await openGligenAdapter(adapter), base);
  if (allowPlain !== true) requireGligen(unet, base);
  const gligen = holdsGligen(unet, base);
  const config: ModelConfigs['unet'] = { ...base, attentionType: gligen ? 'gated' : 'default' };
  if (gligen) requireComplete(unet, expectedUnetTensors(config));
  return {
    path: await realpath(checkpoint),
    unet: { config, tensors: unet },
    textEncoder: { config: configs.textEncoder, tensors: parts.textEncoder },
    vae: { config: configs.vae, tensors: parts.vae },
    scheduler: predicting(configs.scheduler, parts.prediction),
    tokenizer: await readTokenizerFiles(tokenizer),
    gligen,
  };
}

/** The scheduler's config with what the checkpoint says; with ztsnr steps are spaced from the end (arXiv 2305.08891, section 3.3). */
function predicting(
  scheduler: ModelConfigs['scheduler'],
  { velocity, zeroSnr }: CheckpointPrediction,
): ModelConfigs['scheduler'] {
  return {
    ...scheduler,
    ...(velocity ? { predictionType: 'v_prediction' as const } : {}),
    ...(zeroSnr ? { rescaleBetasZeroSnr: true, timestepSpacing: 'trailing' as const } : {}),
  };
}

/** ONNX Runtime reads all weights of a graph from below one folder, so not from two drives of Windows. */
function requireOneDrive(model: ModelFolder): void {
  const roots = new Set(weightFiles(model).map((file) => parse(file).root.toLowerCase()));
  if (roots.size > 1) {
    throw new UserError(
      `${model.path}: the model's files lie on ${[...roots].sort().join(' and ')}; put them on one drive.`,
    );
  }
}
