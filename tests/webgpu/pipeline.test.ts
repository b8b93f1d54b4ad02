import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Pipeline, type PipelineOutput } from '../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../main/engine/diffusion/silent.ts';
import { requestSchema } from '../../preload/contract/request.ts';
import type { Provider } from '../../main/engine/runtime/session.ts';
import { maxDifference } from '../engine/compare.ts';
import { settingsBefore } from '../engine/isac/settingsBefore.ts';

const folder = fileURLToPath(new URL('../fixtures/pipeline/epsilon', import.meta.url));

async function generate(provider: Provider): Promise<PipelineOutput> {
  const { strength, ...rest } = JSON.parse(readFileSync(`${folder}/case.json`, 'utf8')) as {
    strength: number;
  };
  const request = requestSchema.parse({
    version: 1,
    model: folder,
    ...rest,
    steps: 2,
    isac: { ...settingsBefore, strength, lastStep: 1 },
  });
  const pipeline = await Pipeline.open(folder, provider);
  const output = await pipeline.generate(request, silent);
  await pipeline.release();
  return output;
}

/** Opt-in (npm run test:webgpu): needs a Vulkan driver; scripts/webgpuTest.mjs finds SwiftShader where there is no GPU. */
describe('the WebGPU provider', () => {
  it('gives what the CPU gives, from one session with branches', async () => {
    const [cpu, gpu] = [await generate('cpu'), await generate('webgpu')];
    const losses = (output: PipelineOutput): number[] =>
      output.result.losses.flatMap(({ instance, semantic, total }) => [instance, semantic, total]);
    expect(maxDifference(losses(gpu), losses(cpu))).toBeLessThan(1e-3);
    // Of 255: two guided steps of normalised gradients carry rounding on; seen: 3.
    expect(maxDifference(gpu.image, cpu.image)).toBeLessThanOrEqual(4);
    expect(gpu.result.device).toBe('webgpu');
  });
});
