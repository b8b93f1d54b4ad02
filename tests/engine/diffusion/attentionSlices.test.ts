import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Pipeline, type PipelineOutput } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { UnetGraphs } from '../../../main/engine/diffusion/unetGraphs.ts';
import { encodeModel } from '../../../main/engine/graph/onnx/encode.ts';
import { Session } from '../../../main/engine/runtime/session.ts';
import { openModelFolder } from '../../../main/engine/weights/modelFolder.ts';
import { isacSchema } from '../../../preload/contract/isac.ts';
import { requestSchema } from '../../../preload/contract/request.ts';
import { maxDifference } from '../compare.ts';
import { settingsBefore } from '../isac/settingsBefore.ts';

const model = fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url));

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.open(model, 'cpu');
});
afterAll(() => pipeline.release());

/** One guided step on latents of 40 x 40; only the layers of 20 x 20 are looked at. */
async function generate(attentionSlices: number): Promise<{ output: PipelineOutput; graphBytes: number[] }> {
  const { strength, ...rest } = JSON.parse(readFileSync(`${model}/case.json`, 'utf8')) as {
    strength: number;
  };
  const request = requestSchema.parse({
    version: 1,
    model,
    ...rest,
    width: 80,
    height: 80,
    steps: 1,
    attentionSlices,
    isac: { ...settingsBefore, method: 'lo', strength, maxProbeSide: 20 },
  });
  const create = vi.spyOn(Session, 'create');
  const output = await pipeline.generate(request, silent);
  const graphBytes = create.mock.calls.map(([{ bytes }]) => bytes.length);
  create.mockRestore();
  return { output, graphBytes };
}

it('a request with attention slices makes the same picture; the CPU, which fuses that attention, has nothing to slice', async () => {
  const whole = await generate(1);
  const sliced = await generate(4);
  // Text, position net and VAE stay open; the UNet's graphs are built anew.
  expect(sliced.graphBytes.length).toBeLessThan(whole.graphBytes.length);
  expect(Math.max(...sliced.graphBytes)).toBe(Math.max(...whole.graphBytes));
  expect(maxDifference(sliced.output.image, whole.output.image)).toBeLessThanOrEqual(1);
  const [a, b] = [whole, sliced].map(({ output }) => output.result.losses[0]?.total ?? NaN) as [
    number,
    number,
  ];
  expect(Math.abs(a - b)).toBeLessThan(1e-4);
  expect(sliced.output.result.request.attentionSlices).toBe(4);
}, 120_000);

it('where attention is not fused, slices reach the graphs of the prediction and of the gradient', async () => {
  const folder = await openModelFolder(model);
  const graphs = new UnetGraphs(folder, { fused: false });
  const size = { width: 40, height: 40 };
  const settings = isacSchema.parse({ ...settingsBefore, maxProbeSide: 20 });
  const bytes = (slices: number): number[] =>
    [
      graphs.prediction(1, size, true, { slices }),
      graphs.gradient({ size, boxes: 2, settings, slices }, true),
    ].map((outputs) => encodeModel(outputs, model).bytes.length);
  const [whole, sliced] = [bytes(1), bytes(4)];
  whole.forEach((length, k) => {
    expect(sliced[k]).toBeGreaterThan(length);
  });
});
