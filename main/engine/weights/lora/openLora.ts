import { MAX_NAME, printable } from '../../../../preload/contract/printable.ts';
import { UserError } from '../../errors.ts';
import type { ModelFolder } from '../modelFolder.ts';
import { SafetensorsFile } from '../safetensorsFile.ts';
import type { TensorDirectory, TensorEntry } from '../tensorDirectory.ts';
import { openTensorFile } from '../tensorFile.ts';
import { readFloats, readIntegers, requireFinite } from '../tensorValues.ts';
import type { Lora, LoraLayer, LoraPart } from './lora.ts';
import { scaleFromMetadata } from './loraMetadata.ts';
import { parseLoraName, type LoraName, type LoraRole } from './loraNames.ts';
import { LoraTargets, type LoraTarget } from './loraTargets.ts';

/** One layer's tensors as they are found, by their names in the file. */
interface Found extends Partial<Record<LoraRole, string>> {
  readonly name: LoraName;
  readonly target: LoraTarget;
}

/** Types that the graph casts to float32. */
const readable = new Set(['float32', 'float16', 'bfloat16']);

/**
 * Opens a LoRA for Stable Diffusion 1.x under the names of kohya, diffusers, peft or ComfyUI (loraNames.ts) for a model that it
 * is to be applied to: linear layers, and convolutions as LoCon has them, in two steps or three. Reads the header and alphas, and makes sure that all
 * values are numbers. The file is safetensors or of torch.save (pytorch_lora_weights.bin, .pt, .ckpt). Embeddings that a trainer put
 * beside the LoRA are left out.
 *
 * @throws UserError naming the file, the first tensor that does not fit, what was expected and what was found
 */
export async function openLora(
  path: string,
  model: Pick<ModelFolder, 'unet' | 'textEncoder'>,
): Promise<Lora> {
  const file = await openTensorFile(path);
  refuseEmbedding(file);
  const found = sorted(file, new LoraTargets(model));
  if (found.length === 0) throw new UserError(`${file.source}: holds no tensors; expected those of a LoRA.`);
  const metadataScale = scaleFromMetadata(file instanceof SafetensorsFile ? file.metadata : new Map());
  const layers: Record<LoraPart, Map<string, LoraLayer>> = { unet: new Map(), textEncoder: new Map() };
  for (const one of found) {
    const { name, target } = one;
    const branch = branchOf(file, one);
    const alpha = one.alpha === undefined ? null : await alphaOf(file, one.alpha);
    const scale = alpha === null ? metadataScale(name.part, target.layer, branch.rank) : alpha / branch.rank;
    layers[name.part].set(target.layer, { ...branch, scale });
  }
  await requireFinite(
    file,
    found.flatMap(({ down = '', mid, up = '' }) => [down, ...(mid === undefined ? [] : [mid]), up]),
  );
  return { file: file.source, ...layers, notes: notesOf(file) };
}

/** Embeddings of OneTrainer and A1111 beside a LoRA's matrices: `bundle_emb.NAME.string_to_param.*`. */
const BUNDLED = /^bundle_emb\./;

function notesOf({ names, source }: TensorDirectory): string[] {
  const tokens = new Set(
    names.flatMap((name) => /^bundle_emb\.(.+?)\.[^.]+(?:\.\*)?$/.exec(name)?.[1] ?? []),
  );
  if (tokens.size === 0) return [];
  return [
    `${source}: the embeddings in it (${[...tokens].map((name) => printable(name, MAX_NAME)).join(', ')}) are left out; textual inversion is not supported.`,
  ];
}

/** @throws UserError when the file is a textual inversion, which people keep beside their LoRAs */
function refuseEmbedding(file: TensorDirectory): void {
  const { names } = file;
  const known = names.some((name) => /^(?:emb_params|string_to_param(?:\..*)?|clip_[lg])$/.test(name));
  const [only = ''] = names;
  const alone =
    names.length === 1 && (file.get(only)?.shape.length ?? 0) <= 2 && 'reason' in parseLoraName(only);
  if (known || (alone && /^<.+>$/.test(only))) {
    throw new UserError(
      `${file.source}: is a textual inversion (an embedding for a new word), not a LoRA; only LoRAs can be used.`,
    );
  }
}

/** All tensors of the file by layer. @throws UserError at the first one that is no part of such a LoRA */
function sorted(file: TensorDirectory, targets: LoraTargets): Found[] {
  const layers = new Map<string, Found>();
  for (const tensor of file.names) {
    if (BUNDLED.test(tensor)) continue;
    const name = parseLoraName(tensor);
    if ('reason' in name) throw refused(file, tensor, name.reason);
    const target = targets.find(name);
    if (target === undefined) {
      const network = name.part === 'unet' ? 'UNet' : 'text encoder';
      throw refused(file, tensor, `is for the layer "${name.layer}", which the model's ${network} does not have; expected a LoRA for Stable Diffusion 1.x`); // prettier-ignore
    }
    const key = `${name.part} ${target.layer}`;
    const found: Found = layers.get(key) ?? { name, target };
    const other = found[name.role];
    if (other !== undefined) {
      throw refused(file, tensor, `and "${other}" are both for the layer "${target.layer}"; the file is ambiguous`); // prettier-ignore
    }
    found[name.role] = tensor;
    layers.set(key, found);
  }
  return [...layers.values()];
}

/** Its matrices, checked against the layer's weight. */
function branchOf(file: TensorDirectory, { target, down, mid, up, alpha }: Found): Omit<LoraLayer, 'scale'> {
  const known = down ?? up ?? mid ?? alpha ?? '';
  if (down === undefined || up === undefined) {
    const missing = down === undefined ? 'down (A)' : 'up (B)';
    throw refused(file, known, `stands alone: expected a matrix ${missing} for the layer "${target.layer}" beside it`); // prettier-ignore
  }
  const [first, second] = [entryOf(file, down), entryOf(file, up)];
  const rank = first.shape[0] ?? 0;
  const [features = 0, inputs = 0, ...kernel] = target.shape;
  const { layer } = target;
  const single = kernel.map(() => 1);
  const between = mid === undefined ? null : entryOf(file, mid);
  requireShape(file, down, first, ['rank', inputs, ...(between ? single : kernel)], layer, rank);
  if (mid !== undefined && between) requireShape(file, mid, between, [rank, rank, ...kernel], layer, rank);
  requireShape(file, up, second, [features, rank, ...single], layer, rank);
  return { down: first, mid: between, up: second, rank };
}

function entryOf(file: TensorDirectory, tensor: string): TensorEntry {
  const entry = file.get(tensor);
  if (entry === undefined) throw refused(file, tensor, 'is missing');
  if (!readable.has(entry.dtype)) {
    throw refused(file, tensor, `is stored as ${entry.dtype}, expected float32, float16 or bfloat16`);
  }
  return entry;
}

/** A 1x1 convolution may be stored as the matrix it is, and the other way round. */
function requireShape(
  file: TensorDirectory,
  tensor: string,
  { shape }: TensorEntry,
  expected: readonly (number | 'rank')[],
  layer: string,
  rank: number,
): void {
  const plain = (sizes: readonly (number | 'rank')[]): string =>
    (sizes.length === 4 && sizes[2] === 1 && sizes[3] === 1 ? sizes.slice(0, 2) : sizes)
      .map((size) => (size === 'rank' ? rank : size))
      .join();
  if (rank > 0 && plain(shape) === plain(expected)) return;
  throw refused(
    file,
    tensor,
    `has shape [${shape.join(', ')}], expected [${expected.join(', ')}] for the layer "${layer}"; it was made for another model`,
  );
}

async function alphaOf(file: TensorDirectory, tensor: string): Promise<number> {
  const entry = file.get(tensor);
  const size = entry?.shape.reduce((product, axis) => product * axis, 1);
  if (entry === undefined || size !== 1) {
    throw refused(file, tensor, `has shape [${entry?.shape.join(', ') ?? ''}], expected one number`);
  }
  const values = entry.dtype === 'int64' ? await readIntegers(file, tensor) : await readFloats(file, tensor);
  const alpha = Number(values[0]);
  if (!Number.isFinite(alpha)) throw refused(file, tensor, `is ${alpha}, expected a finite number`);
  return alpha;
}

const refused = (file: TensorDirectory, tensor: string, reason: string): UserError =>
  new UserError(`${file.source}: tensor "${tensor}" ${reason}.`);
