import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pipeline, type PipelineOutput } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { boxOfMask } from '../../../main/engine/masks/rle.ts';
import { promptInstances } from '../../../preload/contract/instances.ts';
import { requestSchema, type GenerationRequest } from '../../../preload/contract/request.ts';
import { maxDifference } from '../compare.ts';
import { settingsBefore } from '../isac/settingsBefore.ts';

const model = fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url));

function requestOf(caption: string, method: 'none' | 'lo' | 'ls', strength = 0.02): GenerationRequest {
  const rest = JSON.parse(readFileSync(join(model, 'case.json'), 'utf8')) as Record<string, unknown>;
  delete rest['strength'];
  delete rest['bind'];
  return requestSchema.parse({
    version: 1, model, ...rest, width: 32, height: 32, caption, boxes: [],
    instances: promptInstances(caption), isac: { ...settingsBefore, method, strength, candidates: 2, lastStep: 1 },
  }); // prettier-ignore
}

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.open(model, 'cpu');
});
afterAll(() => pipeline.release());

const generate = (request: GenerationRequest): Promise<PipelineOutput> => pipeline.generate(request, silent);

describe('an image from a prompt alone', () => {
  it.each(['none', 'lo', 'ls'] as const)('has a mask per counted thing, disjoint, with its tight box (ISAC %s)', async (method) => {
    const { masks, result, image } = await generate(requestOf('two red dogs and a cat', method));
    expect(result.boxes.map(({ id, phrase }) => `${id} ${phrase}`)).toEqual([
      'instance-1 red dog',
      'instance-2 red dog',
      'instance-3 cat',
    ]);
    expect(masks).toHaveLength(3);
    const owners = new Uint8Array(image.length / 3);
    for (const mask of masks) mask.forEach((value, p) => (owners[p] = (owners[p] ?? 0) + value));
    expect(Math.max(...owners)).toBe(1);
    result.boxes.forEach(({ bbox, area, boxIou }, k) => {
      const mask = masks[k] ?? new Uint8Array(0);
      expect(bbox).toEqual(boxOfMask(mask, 32, 32));
      expect(area).toBe(mask.reduce((sum, value) => sum + value, 0));
      expect(boxIou).toBeNull();
    });
    expect(result.boxes.filter(({ area }) => area > 0).length).toBeGreaterThan(1);
    expect(result.losses.every(({ total }) => Number.isFinite(total))).toBe(true);
  }); // prettier-ignore

  it('is the same when it runs again, and another one when ISAC moves the latents', async () => {
    const request = requestOf('two red dogs and a cat', 'lo', 0.1);
    const [first, second] = [await generate(request), await generate(request)];
    expect(second.image).toEqual(first.image);
    expect(second.masks).toEqual(first.masks);
    expect(first.result.losses.every(({ gradientNorm }) => gradientNorm > 0)).toBe(true);
    const plain = await generate(requestOf('two red dogs and a cat', 'none'));
    expect(maxDifference(first.image, plain.image)).toBeGreaterThan(0);
  });

  it('is grounded by nothing: GLIGEN has its null tokens on both branches', async () => {
    const before = await generate(requestOf('a cat', 'none'));
    expect(before.result.runs['position_net']).toBe(2);
    // Guidance 1 is the conditional branch; with the caption as negative prompt both branches are one.
    const same = { ...requestOf('a cat', 'none'), negative: 'a cat' };
    const [one, five] = [
      await generate({ ...same, guidanceScale: 1 }),
      await generate({ ...same, guidanceScale: 5 }),
    ];
    expect(maxDifference(one.image, five.image)).toBeLessThanOrEqual(1);
  });

  it('wants its things in the caption', async () => {
    const request = { ...requestOf('a cat', 'none'), instances: [{ phrase: 'zebra', count: 2 }] };
    await expect(generate(request)).rejects.toThrow(
      'The caption does not mention "zebra" where the model reads it, so nothing tells where it is to be: write it into the caption, or draw a box for it.',
    );
  });
});
