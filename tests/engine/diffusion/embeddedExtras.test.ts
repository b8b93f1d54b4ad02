import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { promptInstances } from '../../../preload/contract/instances.ts';
import { requestSchema } from '../../../preload/contract/request.ts';
import { floats, writeSafetensors } from '../weights/writeSafetensors.ts';

const model = fileURLToPath(new URL('../../../assets/models/clipart-128', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'isac-embedded-'));

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.open(model, 'cpu');
});
afterAll(async () => {
  await pipeline.release();
  rmSync(folder, { recursive: true, force: true });
});

const caption = 'two horses and a dog';
const fields = { version: 1, model, width: 128, height: 128, caption, seed: 3, steps: 6 };

// Six steps with the gradient take a minute on two busy cores.
describe('the embedded model, beyond layouts', { timeout: 300_000 }, () => {
  it('makes a picture of a prompt alone, with a mask for every counted thing', async () => {
    const request = requestSchema.parse({ ...fields, boxes: [], instances: promptInstances(caption) });
    const { masks, result } = await pipeline.generate(request, silent);
    expect(result.boxes.map(({ phrase }) => phrase)).toEqual(['horse', 'horse', 'dog']);
    const owners = new Uint8Array(128 * 128);
    for (const mask of masks) mask.forEach((value, p) => (owners[p] = (owners[p] ?? 0) + value));
    expect(Math.max(...owners)).toBe(1);
    expect(result.boxes.every(({ bbox }) => bbox !== null)).toBe(true);
    // The first 30 % of the steps are guided, the others observed.
    const guided = result.losses.filter(({ gradientNorm }) => gradientNorm > 0).map(({ step }) => step);
    expect(guided).toEqual(Array.from({ length: Math.ceil(0.3 * result.losses.length) }, (_, i) => i + 1));
    expect(result.losses.every(({ instance }) => Number.isFinite(instance))).toBe(true);
  });

  it('takes a LoRA: the same layout and seed become another picture', async () => {
    // The first convolution, so that all of the network sees it.
    const [out = 0, ...kernel] = pipeline.model.unet.tensors.get('conv_in.weight')?.shape ?? [];
    const matrix = (...shape: number[]): { dtype: string; shape: number[]; bytes: Uint8Array } => {
      const length = shape.reduce((a, b) => a * b, 1);
      return {
        dtype: 'F32',
        shape,
        bytes: floats(...Array.from({ length }, (_, i) => 0.3 * Math.sin(i * i))),
      };
    };
    const file = join(folder, 'waves.safetensors');
    writeSafetensors(file, {
      'unet.conv_in.lora_A.weight': matrix(4, ...kernel),
      'unet.conv_in.lora_B.weight': matrix(out, 4, 1, 1),
    });
    const boxes = [{ id: 'a', phrase: 'dog', box: [0.2, 0.2, 0.8, 0.9] }];
    const run = async (weight: number): Promise<Uint8Array> => {
      const isac = { method: 'none' };
      const request = requestSchema.parse({ ...fields, boxes, isac, loras: [{ file, weight }] });
      return (await pipeline.generate(request, silent)).image;
    };
    const [without, half, whole] = [await run(0), await run(0.5), await run(1)];
    // How far two pictures are apart: the mean over their bytes, as the largest difference saturates.
    const distance = (a: Uint8Array, b: Uint8Array): number =>
      a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
    expect(distance(half, without)).toBeGreaterThan(0.5);
    expect(distance(whole, without)).toBeGreaterThan(distance(half, without));
  });
});
