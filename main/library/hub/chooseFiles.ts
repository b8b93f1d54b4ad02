import { UserError } from '../../engine/errors.ts';
import { unetConfigSchema } from '../../engine/weights/configs/unetConfig.ts';
import { expectedUnetTensors, parameterCount } from '../../engine/models/recordedTensors.ts';
import type { HubFile, HubRepository } from './client.ts';

/** What to download of a repository, and what was left out although it looked right. */
export interface Choice {
  readonly files: readonly HubFile[];
  readonly notes: readonly string[];
}

const parts = [
  { folder: 'unet', stem: 'diffusion_pytorch_model', pickled: 'diffusion_pytorch_model' },
  { folder: 'text_encoder', stem: 'model', pickled: 'pytorch_model' },
  { folder: 'vae', stem: 'diffusion_pytorch_model', pickled: 'diffusion_pytorch_model' },
] as const;

/** Small files that belong to a model; missing ones are not asked for. */
const small = [
  'model_index.json',
  'README.md',
  'LICENSE',
  'LICENSE.md',
  'unet/config.json',
  'text_encoder/config.json',
  'vae/config.json',
  'scheduler/scheduler_config.json',
  'tokenizer/vocab.json',
  'tokenizer/merges.txt',
  'tokenizer/tokenizer_config.json',
  'tokenizer/special_tokens_map.json',
  'tokenizer/added_tokens.json',
];

const needed = [
  'unet/config.json',
  'text_encoder/config.json',
  'vae/config.json',
  'scheduler/scheduler_config.json',
  'tokenizer/vocab.json',
  'tokenizer/merges.txt',
];

/**
 * The files of a diffusers model: half precision before full, safetensors before torch's .bin. A UNet file that is
 * too small for what its config says is passed over: a public GLIGEN repository has one without GLIGEN's layers.
 *
 * @param unetConfig the repository's unet/config.json, parsed
 * @throws UserError naming what the repository lacks
 */
export function chooseFiles(repository: HubRepository, unetConfig: unknown): Choice {
  const byPath = new Map(repository.files.map((file) => [file.path, file]));
  const missing = needed.filter((path) => !byPath.has(path));
  if (missing.length > 0) {
    throw new UserError(`${repository.name}: is no diffusers model: it has no ${missing.join(', no ')}.`);
  }
  const notes: string[] = [];
  const files = small.flatMap((path) => byPath.get(path) ?? []);
  const parameters = unetParameters(unetConfig);
  for (const part of parts) {
    const sets = weightSets(repository.files, part).filter(({ files: set, bytesPerValue }) => {
      const bytes = set.reduce((sum, file) => sum + file.bytes, 0);
      const least = part.folder === 'unet' && parameters !== null ? parameters * bytesPerValue : 0;
      if (bytes >= least) return true;
      notes.push(
        `${set[0]?.path}: has ${gigabytes(bytes)}, a GLIGEN UNet of its config takes ${gigabytes(least)}: its GLIGEN layers were dropped, it is left out.`,
      );
      return false;
    });
    const [best] = sets;
    if (best === undefined) {
      throw new UserError(
        [
          `${repository.name}: has no weights in ${part.folder} that can be used (${part.stem}.safetensors or .bin).`,
          ...notes,
        ].join(' '),
      );
    }
    files.push(...best.files);
  }
  return { files, notes };
}

/** Whether files make a model that can be opened: every config, and weights of all three networks. */
export function isWholeModel(paths: readonly string[]): boolean {
  return (
    needed.every((path) => paths.includes(path)) &&
    parts.every(({ folder }) =>
      paths.some((path) => path.startsWith(`${folder}/`) && /\.(safetensors|bin)$/.test(path)),
    )
  );
}

/** Values of the UNet that the config describes; null when the config itself cannot be read. */
function unetParameters(config: unknown): number | null {
  const parsed = unetConfigSchema.safeParse(config);
  return parsed.success ? parameterCount(expectedUnetTensors(parsed.data)) : null;
}

interface WeightSet {
  readonly files: readonly HubFile[];
  readonly bytesPerValue: number;
}

/** Complete sets of one part, the preferred one first. */
function weightSets(
  files: readonly HubFile[],
  { folder, stem, pickled }: (typeof parts)[number],
): WeightSet[] {
  const kinds = [
    { name: stem, kind: '.fp16', end: 'safetensors', bytesPerValue: 2 },
    { name: stem, kind: '', end: 'safetensors', bytesPerValue: 4 },
    { name: pickled, kind: '.fp16', end: 'bin', bytesPerValue: 2 },
    { name: pickled, kind: '', end: 'bin', bytesPerValue: 4 },
  ];
  return kinds.flatMap(({ name, kind, end, bytesPerValue }) => {
    const whole = files.find(({ path }) => path === `${folder}/${name}${kind}.${end}`);
    // Some repositories store half precision under the plain name.
    if (whole !== undefined) return [{ files: [whole], bytesPerValue: kind === '' ? 2 : bytesPerValue }];
    const index = files.find(({ path }) =>
      [`${folder}/${name}.${end}.index${kind}.json`, `${folder}/${name}${kind}.${end}.index.json`].includes(
        path,
      ),
    );
    const shard = new RegExp(
      `^${folder}/${name}(${escaped(kind)}-\\d{5}-of-\\d{5}|-\\d{5}-of-\\d{5}${escaped(kind)})\\.${end}$`,
    );
    const shards = files.filter(({ path }) => shard.test(path));
    return index === undefined || shards.length === 0
      ? []
      : [{ files: [index, ...shards], bytesPerValue: kind === '' ? 2 : bytesPerValue }];
  });
}

const escaped = (text: string): string => text.replaceAll('.', '\\.');

/** Decimal, as the hub and file managers show sizes. */
export function gigabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
