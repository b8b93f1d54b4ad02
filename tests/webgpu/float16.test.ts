import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Pipeline, type PipelineOutput } from '../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../main/engine/diffusion/silent.ts';
import { computesFloat16 } from '../../main/engine/runtime/float16.ts';
import { requestSchema, type GenerationRequest } from '../../preload/contract/request.ts';
import { settingsBefore } from '../engine/isac/settingsBefore.ts';

const tiny = fileURLToPath(new URL('../fixtures/pipeline/epsilon', import.meta.url));
const embedded = fileURLToPath(new URL('../../assets/models/clipart-128', import.meta.url));

type Precision = NonNullable<GenerationRequest['precision']>;

async function generate(model: string, precision: Precision, more: object): Promise<PipelineOutput> {
  const { strength, ...rest } = JSON.parse(readFileSync(`${tiny}/case.json`, 'utf8')) as { strength: number };
  const request = requestSchema.parse({ version: 1, model, ...rest, precision, steps: 2, isac: { ...settingsBefore, strength, lastStep: 1 }, ...more }); // prettier-ignore
  const pipeline = await Pipeline.open(model, 'webgpu');
  try {
    return await pipeline.generate(request, silent);
  } finally {
    await pipeline.release();
  }
}

/**
 * SwiftShader has no `shader-f16` and must be refused; lavapipe of Mesa 25 has it:
 * VK_ICD_FILENAMES=.../lvp_icd.x86_64.json npm run test:webgpu
 */
describe('float16 on the WebGPU provider', () => {
  let can: boolean;
  beforeAll(async () => {
    can = await computesFloat16('webgpu');
    console.log(
      can ? 'this device computes in float16' : 'this device has no float16: only the refusal is tested',
    );
  });

  it('is refused in one sentence where the device cannot', async ({ skip }) => {
    if (can) skip();
    await expect(generate(tiny, 'float16', {})).rejects.toThrow(
      'The device webgpu cannot compute in float16 here (its driver lacks it): set its precision to float32.',
    );
  });

  it('changes the prediction by its rounding, and no more', async ({ skip }) => {
    if (!can) skip();
    const plain = { width: 128, height: 128, isac: { method: 'none' } };
    const whole = await generate(embedded, 'float32', plain);
    const half = await generate(embedded, 'float16', plain);
    const differences = half.image.map((value, at) => Math.abs(value - (whole.image[at] ?? NaN)));
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    const most = differences.reduce((worst, value) => Math.max(worst, value), 0);
    console.log(`float16 from float32, of 255: mean ${mean.toFixed(3)}, at most ${most}`);
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(4);
    expect(half.result.request.precision).toBe('float16');
  });

  it('leaves the gradient in float32: the first step has the same losses', async ({ skip }) => {
    if (!can) skip();
    const [whole, half] = [await generate(tiny, 'float32', {}), await generate(tiny, 'float16', {})];
    const [a, b] = [whole, half].map(({ result }) => result.losses[0]?.total ?? NaN) as [number, number];
    console.log(`first losses: ${a} and ${b}`);
    expect(Math.abs(a - b)).toBeLessThan(1e-6);
    expect(half.result.losses.every(({ total }) => Number.isFinite(total))).toBe(true);
  });
});
