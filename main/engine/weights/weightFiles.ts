import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BOUNDS } from '../../files/bounds.ts';
import { UserError } from '../errors.ts';
import { unreadable } from './fileTrouble.ts';
import { readJsonFile } from './jsonFile.ts';
import { SafetensorsFile } from './safetensorsFile.ts';
import type { TensorDirectory, TensorEntry } from './tensorDirectory.ts';
import { joinDirectories, tensorDirectory } from './tensorDirectory.ts';
import { openTensorFile } from './tensorFile.ts';

/** Names of weight files are plain names: an index must not lead out of its folder. */
const shardName = z
  .string()
  .regex(
    /^[^/\\]+\.(safetensors|bin)$/,
    'a shard must be a plain file name that ends in .safetensors or .bin',
  );

const indexSchema = z.object({ weight_map: z.record(z.string(), shardName) });

/** Names without ending of a part's weights: transformers' pickled files have one of their own. */
const pickledStems: Readonly<Record<string, string>> = { model: 'pytorch_model' };

/**
 * Opens the weights of one part of a model folder, whole or in shards. Full precision comes before the fp16 variant,
 * safetensors before torch's .bin (diffusers and transformers name them `<stem>.safetensors`,
 * `<stem>.fp16.safetensors`, `<stem>.safetensors.index.json`, `<stem>.bin` and so on).
 *
 * @param folder such as <model>/unet
 * @param stem `diffusion_pytorch_model` (unet, vae) or `model` (text_encoder)
 * @param variant take only this variant ("fp16"); unless given, the first that is there
 * @param wanted prefers the first that it is true of; when there is none, the first of all is opened
 * @throws UserError when there is none that can be read
 */
export async function openWeights(
  folder: string,
  stem: string,
  variant?: string,
  wanted: (tensors: TensorDirectory) => boolean = () => true,
): Promise<TensorDirectory> {
  let first: TensorDirectory | undefined;
  let trouble: UserError | undefined;
  const names = await namesIn(folder);
  for (const name of candidates(stem, variant)) {
    const path = join(folder, name);
    const error = await stat(path).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error !== null) {
      // A link into a store that lacks the file; another candidate may do.
      if (names.includes(name)) trouble ??= await unreadable(path, error);
      continue;
    }
    const tensors = await openNamed(folder, name);
    if (wanted(tensors)) return tensors;
    first ??= tensors;
  }
  if (first !== undefined) return first;
  throw trouble ?? nothingToOpen(folder, names, stem, variant);
}

/** File names in the order of preference. */
function candidates(stem: string, variant: string | undefined): string[] {
  const pickled = pickledStems[stem] ?? stem;
  return (variant === undefined ? ['', '.fp16'] : [`.${variant}`])
    .flatMap((kind) => [
      `${stem}${kind}.safetensors`,
      `${stem}.safetensors.index${kind}.json`,
      `${stem}${kind}.safetensors.index.json`,
      `${pickled}${kind}.bin`,
      `${pickled}.bin.index${kind}.json`,
      `${pickled}${kind}.bin.index.json`,
    ])
    .filter((name, index, all) => all.indexOf(name) === index);
}

function openNamed(folder: string, name: string): Promise<TensorDirectory> {
  if (name.endsWith('.json')) return openShards(folder, name);
  const path = join(folder, name);
  return name.endsWith('.safetensors') ? SafetensorsFile.open(path) : openTensorFile(path);
}

/**
 * Opens the shards of an index file. A tensor counts where the index says it is, and only there.
 *
 * @throws UserError when a shard is missing or lacks a tensor of the index
 */
async function openShards(folder: string, indexName: string): Promise<TensorDirectory> {
  const indexPath = join(folder, indexName);
  const { weight_map: weightMap } = await readJsonFile(indexPath, indexSchema, BOUNDS.shardIndex);
  const shards = new Map<string, Map<string, TensorEntry>>();
  for (const fileName of [...new Set(Object.values(weightMap))].sort()) {
    const file = await openTensorFile(join(folder, fileName));
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

/** Links that lead nowhere among them. */
function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(async (error: unknown) => {
    throw await unreadable(folder, error, 'there is no such folder; the model is incomplete');
  });
}

function nothingToOpen(
  folder: string,
  names: readonly string[],
  stem: string,
  variant: string | undefined,
): UserError {
  const wanted = `${stem}${variant === undefined ? '' : `.${variant}`}.safetensors`;
  const others = names.filter((name) => /\.(safetensors|bin|ckpt|pt|pth|onnx|msgpack|h5)$/.test(name));
  const found = others.length === 0 ? '' : ` (there is ${others.join(', ')})`;
  return new UserError(`${folder}: has no ${wanted}${found}; the model is incomplete.`);
}
