import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Cancelled } from '../../../main/engine/diffusion/cancelled.ts';
import { Pipeline, type PipelineOutput } from '../../../main/engine/diffusion/pipeline.ts';
import type { StepEvent } from '../../../main/engine/diffusion/sampling.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import type { IsacSettings } from '../../../preload/contract/isac.ts';
import { requestSchema, type GenerationRequest } from '../../../preload/contract/request.ts';
import { fixtureTensor, readSafetensors } from '../../fixtures/readSafetensors.ts';
import { maxDifference } from '../compare.ts';
import { settingsBefore } from '../isac/settingsBefore.ts';

const folder = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/pipeline/${name}`, import.meta.url));
const expectedOf = (name: string): ReturnType<typeof readSafetensors> =>
  readSafetensors(`${folder(name)}/expected.safetensors`);

function requestOf(name: string, isac: Partial<IsacSettings>): GenerationRequest {
  const { strength, ...request } = JSON.parse(readFileSync(`${folder(name)}/case.json`, 'utf8')) as {
    strength: number;
  };
  return requestSchema.parse({
    version: 1,
    model: folder(name),
    ...request,
    isac: { ...settingsBefore, strength, lastStep: 1, ...isac },
  });
}

async function generate(
  name: string,
  request: GenerationRequest,
): Promise<{ output: PipelineOutput; events: StepEvent[] }> {
  const pipeline = await Pipeline.open(folder(name), 'cpu');
  const events: StepEvent[] = [];
  const output = await pipeline.generate(request, { ...silent, step: (event) => void events.push(event) });
  await pipeline.release();
  return { output, events };
}

// tests/fixtures/pipeline/make_pipeline.py: three models of different shapes, epsilon and v, float32 and float16.
const cases = ['epsilon', 'velocity', 'half'];

describe('the pipeline against diffusers and an independent ISAC', () => {
  it.each(cases)(
    '%s: GLIGEN alone gives the latents and the image of diffusers from the same seed',
    async (name) => {
      const expected = expectedOf(name);
      const { output, events } = await generate(name, requestOf(name, { method: 'none' }));
      expect(events).toHaveLength(output.result.request.steps);
      const latents = events.at(-1)?.latents ?? new Float32Array();
      expect(maxDifference(latents, fixtureTensor(expected, 'latents'))).toBeLessThan(1e-3);
      const image = fixtureTensor(expected, 'image');
      const area = output.width * output.height;
      const shown = Float32Array.from(
        image,
        (_, i) => (output.image[3 * (i % area) + Math.floor(i / area)] ?? 0) / 255,
      );
      expect(maxDifference(shown, image)).toBeLessThan(2 / 255);
    },
  );

  it.each(cases)('%s: ISAC-LO follows PyTorch autograd through every step', async (name) => {
    const expected = expectedOf(name);
    const { output } = await generate(name, requestOf(name, { method: 'lo' }));
    const losses = fixtureTensor(expected, 'lo_losses');
    output.result.losses.forEach(({ instance, semantic, total }, step) => {
      expect(Math.abs(instance - (losses[4 * step] ?? NaN)), `L_ins, step ${step}`).toBeLessThan(1e-3);
      expect(Math.abs(semantic - (losses[4 * step + 1] ?? NaN)), `L_sem, step ${step}`).toBeLessThan(1e-3);
      expect(Math.abs(total - (losses[4 * step + 3] ?? NaN)), `L_ISAC, step ${step}`).toBeLessThan(1e-3);
    });
    expect(output.result.runs).toMatchObject({ isac: output.result.request.steps });
  });
});

describe('the pipeline', () => {
  const name = 'epsilon';

  it('gives disjoint masks, and numbers that are the same when it runs again', async () => {
    const request = requestOf(name, {});
    const [first, second] = [await generate(name, request), await generate(name, request)];
    expect(first.output.image).toEqual(second.output.image);
    expect(first.output.result.losses).toEqual(second.output.result.losses);
    const { masks } = first.output;
    expect(masks).toHaveLength(3);
    const owners = new Uint8Array(first.output.image.length / 3);
    for (const mask of masks) mask.forEach((value, p) => (owners[p] = (owners[p] ?? 0) + value));
    expect(Math.max(...owners)).toBeLessThanOrEqual(1);
  });

  it('ends between two model runs when asked to stop', async () => {
    const pipeline = await Pipeline.open(folder(name), 'cpu');
    let steps = 0;
    const stopping = { ...silent, step: () => void steps++, shouldStop: () => steps >= 2 };
    await expect(pipeline.generate(requestOf(name, {}), stopping)).rejects.toBeInstanceOf(Cancelled);
    expect(steps).toBe(2);
    await pipeline.release();
  });

  it('selects the candidate with the smallest summed loss, the first being the plain image of the seed', async () => {
    const [plain, chosen, halved] = [
      await generate(name, requestOf(name, { method: 'none' })),
      await generate(name, requestOf(name, { method: 'ls', candidates: 4 })),
      await generate(name, requestOf(name, { method: 'ls', candidates: 4, halving: true })),
    ];
    const scores = chosen.output.result.candidates ?? [];
    const plainScore = plain.output.result.losses.reduce((sum, { total }) => sum + total, 0);
    expect(scores[0]).toBeCloseTo(plainScore, 5);
    const best = chosen.output.result.losses.reduce((sum, { total }) => sum + total, 0);
    expect(best).toBeCloseTo(Math.min(...scores.map((score) => score ?? Infinity)), 5);
    expect(halved.output.result.candidates?.filter((score) => score !== null).length).toBeLessThan(4);
  });

  it.each(['euler', 'euler-ancestral', 'pndm', 'dpmpp-2m'] as const)('runs on %s', async (sampler) => {
    const { output } = await generate(name, { ...requestOf(name, {}), sampler });
    expect(output.result.losses.every(({ total }) => Number.isFinite(total))).toBe(true);
    expect(output.result.losses.length).toBeGreaterThanOrEqual(4);
  });

  it('works with one box and with early-ending probes', async () => {
    const request = requestOf(name, {
      earlyEnd: true,
      maxProbeSide: 4,
      semantic: 'both',
      groundingLoss: 0.5,
    });
    const [box] = request.boxes;
    if (!box) throw new Error('no box');
    const { output } = await generate(name, { ...request, boxes: [box], bind: [], caption: 'a red dog' });
    expect(output.masks).toHaveLength(1);
    expect(output.result.losses.every(({ instance }) => instance === 0)).toBe(true);
  });
});
