import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_NAME, printable } from '../../preload/contract/printable.ts';
import { messageOf } from '../engine/errors.ts';
import { BOUNDS } from '../files/bounds.ts';
import {
  expectedTextTensors,
  expectedUnetTensors,
  expectedVaeTensors,
} from '../engine/models/recordedTensors.ts';
import type { ExpectedTensors } from '../engine/weights/tensorGaps.ts';
import { weightFiles, type ModelFolder } from '../engine/weights/modelFolder.ts';
import { openModel, type ModelSource } from '../engine/weights/openModel.ts';
import type { TensorDirectory } from '../engine/weights/tensorDirectory.ts';
import {
  findGaps,
  gapsSentence,
  IncompleteWeights,
  typesSentence,
  type TensorGaps,
} from '../engine/weights/tensorGaps.ts';

/** What a look at a model's configs and headers tells. */
export interface ModelDescription {
  readonly family: string | null;
  readonly grounding: 'text boxes' | 'none' | null;
  /** In pixels: what it was trained for, and what sides are multiples of so that every level halves evenly. */
  readonly resolution: { readonly width: number; readonly height: number; readonly multiple: number } | null;
  /** Of the stored weights: "float16", or "float16 + float32" where parts differ. */
  readonly precision: string | null;
  readonly weightBytes: number;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly licence: string | null;
  /** Why it cannot be used, in one sentence; null when it can. */
  readonly problem: string | null;
  /** Every tensor that is missing or of another shape, by part. */
  readonly gaps: readonly ({ readonly part: string } & TensorGaps)[];
}

/** Looks at a model without reading weights. Never throws over a broken one: `problem` says what is wrong. */
export async function describeModel(source: ModelSource): Promise<ModelDescription> {
  let model: ModelFolder;
  try {
    model = await openModel(source);
  } catch (error) {
    return {
      ...undescribed(messageOf(error)),
      licence: await licenceOf(source),
      gaps: error instanceof IncompleteWeights ? [{ part: error.source, ...error.gaps }] : [],
    };
  }
  const expected: [string, TensorDirectory, ExpectedTensors][] = [
    ['unet', model.unet.tensors, expectedUnetTensors(model.unet.config)],
    ['text_encoder', model.textEncoder.tensors, expectedTextTensors(model.textEncoder.config)],
    ['vae', model.vae.tensors, expectedVaeTensors(model.vae.config)],
  ];
  const parts = expected.map(([part, tensors, wanted]): [string, TensorDirectory, TensorGaps] => [
    part,
    tensors,
    findGaps(tensors, wanted),
  ]);
  const sentences = [
    ...parts.map(([, tensors, gaps]) => gapsSentence(tensors, gaps)),
    ...expected.map(([, tensors, wanted]) => typesSentence(tensors, wanted)),
  ].filter((text) => text !== null);
  const { sampleSize } = model.unet.config;
  const scale = model.vae.config.scale;
  const paths = weightFiles(model);
  return {
    family: familyOf(model),
    grounding: model.gligen ? 'text boxes' : 'none',
    resolution: {
      width: (sampleSize?.[1] ?? 64) * scale,
      height: (sampleSize?.[0] ?? 64) * scale,
      multiple: scale * 2 ** (model.unet.config.blockOutChannels.length - 1),
    },
    precision: precisionOf(parts.map(([, tensors]) => tensors)),
    weightBytes: parts.reduce((sum, [, tensors]) => sum + bytesOf(tensors), 0),
    files: await Promise.all(paths.map(async (path) => ({ path, bytes: (await stat(path)).size }))),
    licence: await licenceOf(source),
    problem: sentences.length === 0 ? null : printable(sentences.join(' ')),
    gaps: parts
      .filter(([, , gaps]) => gaps.missing.length + gaps.misshapen.length > 0)
      .map(([part, , gaps]) => ({ part, ...gaps })),
  };
}

/** What is known of a model that cannot be read. */
export function undescribed(problem: string): ModelDescription {
  return {
    family: null,
    grounding: null,
    resolution: null,
    precision: null,
    weightBytes: 0,
    files: [],
    licence: null,
    problem,
    gaps: [],
  };
}

function familyOf({ unet: { config } }: ModelFolder): string {
  const widths = config.blockOutChannels.join();
  if (widths !== '320,640,1280,1280') return `latent diffusion (${config.blockOutChannels.join('-')})`;
  const inpainting = config.inChannels === 9 ? ' inpainting' : '';
  return `Stable Diffusion ${config.crossAttentionDim === 768 ? '1.x' : '2.x'}${inpainting}`;
}

function precisionOf(parts: readonly TensorDirectory[]): string {
  const bytes = new Map<string, number>();
  for (const tensors of parts) {
    for (const name of tensors.names) {
      const entry = tensors.get(name);
      if (entry !== undefined && /float/.test(entry.dtype)) {
        bytes.set(entry.dtype, (bytes.get(entry.dtype) ?? 0) + entry.byteLength);
      }
    }
  }
  return [...bytes]
    .sort(([, a], [, b]) => b - a)
    .map(([dtype]) => dtype)
    .join(' + ');
}

function bytesOf(tensors: TensorDirectory): number {
  return tensors.names.reduce((sum, name) => sum + (tensors.get(name)?.byteLength ?? 0), 0);
}

/**
 * What the head of a model card says of the licence: `license:`, or `license_name:` where that is "other" (the hub's
 * model card metadata).
 */
async function licenceOf(source: ModelSource): Promise<string | null> {
  if (source.kind === 'checkpoint') return null;
  const card = await startOf(join(source.folder, 'README.md'), BOUNDS.modelCard.bytes).catch(() => '');
  const head = /^---\n([\s\S]{0,10000}?)\n---/.exec(card.replaceAll('\r\n', '\n'))?.[1] ?? '';
  const said = (key: string): string | null =>
    new RegExp(`^${key}:[ \\t]*["']?([^"'\\n]{1,200}?)["']?[ \\t]*$`, 'm').exec(head)?.[1] ?? null;
  const licence = said('license');
  const shown = licence === 'other' ? (said('license_name') ?? licence) : licence;
  return shown === null ? null : printable(shown, MAX_NAME);
}

/** The first bytes of a text file; '' for anything but a file (a pipe would be waited for, for ever). */
async function startOf(path: string, bytes: number): Promise<string> {
  if (!(await stat(path)).isFile()) return '';
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
