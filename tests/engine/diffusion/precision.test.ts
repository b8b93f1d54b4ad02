import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Pipeline } from '../../../main/engine/diffusion/pipeline.ts';
import { silent } from '../../../main/engine/diffusion/silent.ts';
import { UnetGraphs } from '../../../main/engine/diffusion/unetGraphs.ts';
import { partOf, type Outputs } from '../../../main/engine/graph/onnx/part.ts';
import { openModelFolder } from '../../../main/engine/weights/modelFolder.ts';
import { isacSchema } from '../../../preload/contract/isac.ts';
import { requestSchema, type GenerationRequest } from '../../../preload/contract/request.ts';
import { settingsBefore } from '../isac/settingsBefore.ts';

const model = fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url));

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.open(model, 'cpu');
});
afterAll(() => pipeline.release());

function request(precision: GenerationRequest['precision']): GenerationRequest {
  const { strength, ...rest } = JSON.parse(readFileSync(`${model}/case.json`, 'utf8')) as {
    strength: number;
  };
  return requestSchema.parse({
    version: 1,
    model,
    ...rest,
    steps: 1,
    precision,
    isac: { ...settingsBefore, strength },
  });
}

it('the CPU refuses float16 in one sentence, and the next request is done', async () => {
  await expect(pipeline.generate(request('float16'), silent)).rejects.toThrow(
    'The device cpu computes in float32 only: leave --precision out, or choose a GPU.',
  );
  const { result } = await pipeline.generate(request('float32'), silent);
  expect(result.request.precision).toBe('float32');
}, 120_000);

it('float16 reaches the predictions and the observation; the gradient and the objective stay in float32', async () => {
  const graphs = new UnetGraphs(await openModelFolder(model), { fused: false });
  const size = { width: 8, height: 8 };
  const shape = { size, boxes: 2, settings: isacSchema.parse({}), precision: 'float16' } as const;
  const convolutions = (outputs: Outputs): string[] => [
    ...new Set(
      partOf(outputs, '')
        .nodes.filter(({ op }) => op.type === 'Conv')
        .map(({ outputs: [made] }) => made?.dtype ?? 'none'),
    ),
  ];
  const observation = graphs.observation(shape, true);
  expect(convolutions(graphs.prediction(1, size, true, shape))).toEqual(['float16']);
  expect(convolutions(observation)).toEqual(['float16']);
  expect(convolutions(graphs.gradient(shape, true))).toEqual(['float32']);
  expect(new Set(Object.values(observation).map(({ dtype }) => dtype))).toEqual(new Set(['float32']));
});
