import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { readJsonFile } from './jsonFile.ts';
import { SafetensorsFile } from './safetensorsFile.ts';
import type { TensorDirectory, TensorEntry } from './tensorDirectory.ts';
import { joinDirectories, tensorDirectory } from './tensorDirectory.ts';

/** Names of weight files are plain names: an index must not lead out of its folder. */
const shardName = z
  .string()
  .regex(/^[^/\\]+\.safetensors$/, 'a shard must be a plain file name that ends in .safetensors');

const indexSchema = z.object({ weight_map: z.record(z.string(), shardName) });

/**
 * Opens the weights of one part of a model folder, whole or in shards. Full precision comes first, the fp16
 * variant second (diffusers and transformers name them `<stem>.safetensors`, `<stem>.fp16.safetensors`,
 * `<stem>.safetensors.index.json` and `<stem>.safetensors.index.fp16.json`).
 *
 * @param folder such as <model>/unet
 * @param stem `diffusion_pytorch_model` (unet, vae) or `model` (text_encoder)
 * @param variant take only this variant ("fp16"); unless given, the first that is there
 * @throws UserError when there is none that can be read
 */
export async function openWeights(folder: string, stem: string, variant?: string): Promise<TensorDirectory> {
  for (const kind of variant === undefined ? ['', '.fp16'] : [`.${variant}`]) {
    const whole = join(folder, `${stem}${kind}.safetensors`);
    if (await exists(whole)) return SafetensorsFile.open(whole);
    for (const index of [`${stem}.safetensors.index${kind}.json`, `${stem}${kind}.safetensors.index.json`]) {
      if (await exists(join(folder, index))) return openShards(folder, index);
    }
  }
  throw await nothingToOpen(folder, stem, variant);
}

/**
 * Opens the shards of an index file. A tensor counts where the index says it is, and only there.
 *
 * @throws UserError when a shard is missing or lacks a tensor of the index
 */
async function openShards(folder: string, indexName: string): Promise<TensorDirectory> {
  const indexPath = join(folder, indexName);
  const { weight_map: weightMap } = await readJsonFile(indexPath, indexSchema);
  const shards = new Map<string, Map<string, TensorEntry>>();
  for (const fileName of [...new Set(Object.values(weightMap))].sort()) {
    const file = await SafetensorsFile.open(join(folder, fileName));
    const wanted = Object.keys(weightMap).filter((name) => weightMap[name] === fileName);
    const entries = new Map<string, TensorEntry>();
    for (const name of wanted) {
      const entry = file.get(name);
      if (entry === undefined) {
        throw new UserError(`${indexPath}: says that tensor "${name}" is in ${fileName}, but it is not.`);
      }
      entries.set(name, entry);
    }
    shards.set(fileName, entries);
  }
  const parts = [...shards].map(([fileName, entries]) => tensorDirectory(join(folder, fileName), entries));
  const joined = joinDirectories(parts);
  return { source: indexPath, names: joined.names, get: joined.get };
}

async function nothingToOpen(folder: string, stem: string, variant: string | undefined): Promise<UserError> {
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined)
    return new UserError(`${folder}: there is no such folder; the model is incomplete.`);
  const wanted = `${stem}${variant === undefined ? '' : `.${variant}`}.safetensors`;
  const pickled = names.filter((name) => name.endsWith('.bin') || name.endsWith('.ckpt'));
  if (pickled.length > 0) {
    return new UserError(
      `${folder}: has ${pickled.join(', ')} but no ${wanted}; get the model's .safetensors files, pickled weights are not read.`,
    );
  }
  return new UserError(`${folder}: has no ${wanted}; the model is incomplete.`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
