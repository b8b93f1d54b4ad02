import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Cancelled } from '../../main/engine/diffusion/cancelled.ts';
import { Pipeline } from '../../main/engine/diffusion/pipeline.ts';
import { PipelineRunner } from '../../main/host/pipelineRunner.ts';
import { decodePng, fromBase64 } from '../../main/host/png.ts';
import { requestSchema } from '../../preload/contract/request.ts';

const model = fileURLToPath(new URL('../fixtures/pipeline/epsilon', import.meta.url));
const { strength, ...fields } = JSON.parse(readFileSync(`${model}/case.json`, 'utf8')) as {
  strength: number;
};
const request = requestSchema.parse({
  version: 1,
  model,
  device: 'cpu',
  ...fields,
  isac: { strength, lastStep: 1 },
});

it('shows masks at every step of which no two share a pixel', async () => {
  const runner = new PipelineRunner();
  const steps: string[][] = [];
  await runner.run(request, {
    preview: true,
    stage: () => undefined,
    step: ({ masks }) => void steps.push(masks),
    shouldStop: () => false,
  });
  await runner.unload();
  expect(steps).toHaveLength(request.steps);
  let seen = 0;
  for (const masks of steps) {
    const pictures = masks.map((mask) => decodePng(fromBase64(mask)));
    expect(pictures).toHaveLength(request.boxes.length);
    const owners = new Uint8Array(pictures[0]?.data.length ?? 0);
    for (const { data } of pictures) {
      expect(data.every((value) => value === 0 || value === 255)).toBe(true);
      data.forEach((value, p) => (owners[p] = (owners[p] ?? 0) + value / 255));
    }
    expect(owners.every((count) => count <= 1)).toBe(true);
    seen += owners.reduce((sum, count) => sum + count, 0);
  }
  expect(seen).toBeGreaterThan(0);
});

it('embeds phrases as the pipeline does, with the model that is there, and gives way when it is told to', async () => {
  const runner = new PipelineRunner();
  const question = { model, device: 'cpu' as const, phrases: ['red dog', 'sheep'] };
  const vectors = await runner.embed(question, () => false);
  const pipeline = await Pipeline.open(model, 'cpu');
  const expected = await pipeline.embedPhrases(question.phrases);
  await pipeline.release();
  expect(vectors).toEqual(expected.map((vector) => [...vector]));
  await expect(runner.embed(question, () => true)).rejects.toBeInstanceOf(Cancelled);
  await runner.unload();
});

it('opens weights again that were replaced since the last job, and says which of them are gone', async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'runner-')));
  try {
    cpSync(model, home, { recursive: true });
    const runner = new PipelineRunner();
    const question = { model: home, device: 'cpu' as const, phrases: ['red dog'] };
    const before = await runner.embed(question, () => false);
    expect(await runner.embed(question, () => false)).toEqual(before);
    const file = join(home, 'text_encoder', 'model.safetensors');
    const bytes = readFileSync(file);
    // The last value of all: a float32 that becomes one of another size.
    bytes.writeFloatLE(bytes.readFloatLE(bytes.length - 4) + 1, bytes.length - 4);
    rmSync(file);
    writeFileSync(file, bytes);
    expect(await runner.embed(question, () => false)).not.toEqual(before);
    rmSync(file);
    await expect(runner.embed(question, () => false)).rejects.toThrow(
      `${join(home, 'text_encoder')}: has no model.safetensors; the model is incomplete.`,
    );
    await runner.unload();
  } finally {
    rmSync(home, { recursive: true });
  }
});
