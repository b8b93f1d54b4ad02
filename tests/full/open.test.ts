import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { weightBytes } from '../../main/engine/diffusion/weightBytes.ts';
import {
  expectedTextTensors,
  expectedUnetTensors,
  expectedVaeTensors,
} from '../../main/engine/models/recordedTensors.ts';
import type { ModelFolder } from '../../main/engine/weights/modelFolder.ts';
import { openModel, type ModelSource } from '../../main/engine/weights/openModel.ts';
import { findGaps } from '../../main/engine/weights/tensorGaps.ts';
import type { TensorEntry } from '../../main/engine/weights/tensorDirectory.ts';
import { RandomValues, spreadOf, type Precision } from '../../scripts/fullSize/randomValues.ts';

/** Made by: npx tsx scripts/fullSize/makeCheckpoints.ts <folder> */
const root = process.env['ISAC_STUDIO_FULL'] ?? '/var/tmp/isac-full';
const tokenizer = join(import.meta.dirname, '../../assets/tokenizers/clip');
const adapter = join(root, 'gligen_sd14_textbox_pruned_fp16.safetensors');

const cases: readonly (readonly [name: string, precision: Precision, source: ModelSource])[] = [
  ['fp16 safetensors', 'fp16', { kind: 'folder', folder: join(root, 'fp16') }],
  ['fp32 safetensors', 'fp32', { kind: 'folder', folder: join(root, 'fp32') }],
  ['fp16 torch zip', 'fp16', { kind: 'folder', folder: join(root, 'bin') }],
  ['folder and adapter', 'fp16', { kind: 'folder+adapter', folder: join(root, 'plain'), adapter }],
  [
    'single file and adapter',
    'fp16',
    { kind: 'checkpoint', checkpoint: join(root, 'sd14.safetensors'), adapter, tokenizer },
  ],
];

const placeOf = (source: ModelSource): string =>
  source.kind === 'checkpoint' ? source.checkpoint : source.folder;
const values = new RandomValues('isac-studio');

/** Whether a tensor's bytes in the file are those that were written, from first to last. */
async function holds(entry: TensorEntry, seed: string, precision: Precision): Promise<boolean> {
  const handle = await open(entry.file, 'r');
  try {
    let at = entry.offset;
    const count = entry.shape.reduce((product, axis) => product * axis, 1);
    for (const piece of values.bytes(seed, count, spreadOf(seed, entry.shape), precision)) {
      const found = Buffer.alloc(piece.length);
      await handle.read(found, 0, found.length, at);
      if (!found.equals(piece)) return false;
      at += piece.length;
    }
    return at === entry.offset + entry.byteLength;
  } finally {
    await handle.close();
  }
}

describe.each(cases)('SD1.4 GLIGEN of full size: %s', (_, precision, source) => {
  let model: ModelFolder;
  let seconds: number;
  beforeAll(async () => {
    if (!existsSync(placeOf(source)))
      throw new Error(`${placeOf(source)} is missing; see scripts/fullSize/makeCheckpoints.ts`);
    const start = performance.now();
    model = await openModel(source);
    seconds = (performance.now() - start) / 1000;
  });

  it('is complete: 1,068,623,204 parameters in the UNet, nothing missing', () => {
    const unet = expectedUnetTensors(model.unet.config);
    expect(findGaps(model.unet.tensors, unet)).toEqual({ missing: [], misshapen: [] });
    expect(findGaps(model.textEncoder.tensors, expectedTextTensors(model.textEncoder.config))).toEqual({
      missing: [],
      misshapen: [],
    });
    expect(findGaps(model.vae.tensors, expectedVaeTensors(model.vae.config))).toEqual({
      missing: [],
      misshapen: [],
    });
    expect(weightBytes(model)).toBe(
      (1_068_623_204 + 123_060_480 + 83_653_863) * (precision === 'fp16' ? 2 : 4),
    );
    expect(seconds).toBeLessThan(10);
    console.log(
      `opened in ${seconds.toFixed(2)} s, ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB resident at most`,
    );
  });

  it('has every tensor where the directory says, beyond 2 and 4 GiB too', async () => {
    const ordered = model.unet.tensors.names
      .map((name) => [name, model.unet.tensors.get(name)] as const)
      .sort(([, a], [, b]) => (a?.offset ?? 0) - (b?.offset ?? 0));
    const [lastName, last] = ordered.at(-1) ?? [];
    if (precision === 'fp32') expect(last?.offset).toBeGreaterThan(2 ** 32 - 2 ** 28);
    const sample = [...ordered.filter((_, index) => index % 40 === 0), [lastName, last] as const];
    for (const [name, entry] of sample) {
      if (entry !== undefined) expect(await holds(entry, `unet/${name}`, precision), name).toBe(true);
    }
    const embedding = model.textEncoder.tensors.get('text_model.embeddings.token_embedding.weight');
    if (embedding !== undefined) {
      expect(
        await holds(embedding, 'text_encoder/text_model.embeddings.token_embedding.weight', precision),
      ).toBe(true);
    }
  });
});
