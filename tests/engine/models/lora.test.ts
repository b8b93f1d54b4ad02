import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { encodeModel } from '../../../main/engine/graph/onnx/encode.ts';
import { mul } from '../../../main/engine/graph/ops/elementwise.ts';
import { sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import { numel } from '../../../main/engine/graph/shape.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { buildClipText, pooledRows } from '../../../main/engine/models/clipText.ts';
import type { AppliedLora } from '../../../main/engine/models/loraBranches.ts';
import { buildPositionNet } from '../../../main/engine/models/positionNet.ts';
import { buildUnet, type UnetOptions } from '../../../main/engine/models/unet/unet.ts';
import type { HostData } from '../../../main/engine/runtime/session.ts';
import { openLora } from '../../../main/engine/weights/lora/openLora.ts';
import type { ModelFolder } from '../../../main/engine/weights/modelFolder.ts';
import { openModel } from '../../../main/engine/weights/openModel.ts';
import { SafetensorsFile } from '../../../main/engine/weights/safetensorsFile.ts';
import { readFloats, readIntegers } from '../../../main/engine/weights/tensorValues.ts';
import { evaluate } from '../graph/evaluate.ts';
import { compareGradients, maxDifference } from './fixture.ts';

// tests/fixtures/lora/make_lora.py: what diffusers and peft make of the same LoRAs on the same tiny model, and
// make_lora_names.py: the same under CompVis' names, and a LoCon in three steps against merged weights.
const fixtures = realpathSync(fileURLToPath(new URL('../../fixtures/lora', import.meta.url)));
const modelFolder = fileURLToPath(new URL('../../fixtures/pipeline/epsilon', import.meta.url));
const styles = ['kohya', 'diffusers_old', 'diffusers', 'peft', 'compvis', 'comfy'];

let model: ModelFolder;
let expected: SafetensorsFile;
/** The LoRAs lie in another folder than the model. */
const elsewhere = mkdtempSync(join(tmpdir(), 'isac-lora-'));

beforeAll(async () => {
  model = await openModel(modelFolder);
  expected = await SafetensorsFile.open(join(fixtures, 'expected.safetensors'));
  for (const name of [...styles, 'locon', 'locon_compvis', 'tucker'])
    cpSync(join(fixtures, `${name}.safetensors`), join(elsewhere, `${name}.safetensors`));
});
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

type Part = 'unet' | 'textEncoder';

async function applied(part: Part, names: readonly string[]): Promise<AppliedLora[]> {
  const loras: AppliedLora[] = [];
  for (const [index, name] of names.entries()) {
    const lora = await openLora(join(elsewhere, `${name}.safetensors`), model);
    loras.push({ layers: lora[part], weightInput: `lora_${index}` });
  }
  return loras;
}

const weightFeeds = (weights: readonly number[]): Record<string, Float32Array> =>
  Object.fromEntries(weights.map((weight, index) => [`lora_${index}`, Float32Array.of(weight)]));

interface BuiltUnet {
  readonly prediction: Tensor;
  readonly latents: Tensor;
}

function unetOf(loras: readonly AppliedLora[] | undefined, options: UnetOptions = {}): BuiltUnet {
  const graph = new Graph();
  const latents = graph.input('latents', 'float32', [1, 4, 8, 8]);
  // No box at all: the null tokens, as make_lora.py gives its UNet.
  const zeros = (...shape: number[]): Tensor => graph.filled(0, shape);
  const objects = buildPositionNet(graph, model.unet.tensors, {
    boxes: zeros(1, 30, 4),
    masks: zeros(1, 30),
    phrases: zeros(1, 30, 24),
  });
  const inputs = {
    latents,
    timestep: graph.input('timestep', 'float32', [1]),
    encoderHiddenStates: graph.input('text', 'float32', [1, 77, 24]),
    objects,
  };
  const { config, tensors } = model.unet;
  return { latents, prediction: buildUnet(graph, config, tensors, inputs, { ...(loras ? { loras } : {}), ...options }) }; // prettier-ignore
}

async function unetFeeds(weights: readonly number[]): Promise<Record<string, HostData>> {
  const [latents, timestep, text] = await Promise.all(
    ['latents', 'timestep', 'text'].map((name) => readFloats(expected, name)),
  );
  if (!latents || !timestep || !text) throw new Error('no inputs');
  return { latents, timestep, text, ...weightFeeds(weights) };
}

/** The prediction against cos(index), differentiated with respect to the latents. */
function gradientOf({ prediction, latents }: BuiltUnet): Tensor {
  const weights = Float32Array.from({ length: numel(prediction.shape) }, (_, i) => Math.cos(i));
  const loss = sumAll(mul(prediction, prediction.graph.constant(weights, prediction.shape)));
  const [gradient] = grad(loss, [latents]);
  if (!gradient) throw new Error('no gradient');
  return gradient;
}

describe('a UNet with LoRAs against diffusers and peft', () => {
  it.each(styles)('%s names: prediction and its gradient', async (name) => {
    const built = unetOf(await applied('unet', [name]));
    const outputs = { prediction: built.prediction, gradient: gradientOf(built) };
    const result = await evaluate(outputs, await unetFeeds([0.7]));
    expect(maxDifference(result['prediction'], await readFloats(expected, 'style.prediction'))).toBeLessThan(1e-4); // prettier-ignore
    const { relative, cosine } = compareGradients(result['gradient'], await readFloats(expected, 'style.gradient')); // prettier-ignore
    expect(relative).toBeLessThan(1e-3);
    expect(cosine).toBeGreaterThan(0.999999);
  });

  it.each([
    ['kohya', 'locon'],
    ['compvis', 'locon_compvis'],
  ])('two at once, one of them on convolutions (%s, %s), recomputed or not', async (...names) => {
    const loras = await applied('unet', names);
    for (const options of [{}, { recompute: true, recomputeFrom: 0, headsAtOnce: 1 }]) {
      const built = unetOf(loras, options);
      const outputs = { prediction: built.prediction, gradient: gradientOf(built) };
      const result = await evaluate(outputs, await unetFeeds([0.7, -0.4]));
      expect(maxDifference(result['prediction'], await readFloats(expected, 'both.prediction'))).toBeLessThan(1e-4); // prettier-ignore
      expect(compareGradients(result['gradient'], await readFloats(expected, 'both.gradient')).relative).toBeLessThan(1e-3); // prettier-ignore
    }
  });

  it('convolutions in three steps are those of merged weights', async () => {
    const merged = await SafetensorsFile.open(join(fixtures, 'tucker_expected.safetensors'));
    const built = unetOf(await applied('unet', ['tucker']));
    const outputs = { prediction: built.prediction, gradient: gradientOf(built) };
    const result = await evaluate(outputs, await unetFeeds([0.8]));
    expect(maxDifference(result['prediction'], await readFloats(merged, 'prediction'))).toBeLessThan(1e-4);
    expect(compareGradients(result['gradient'], await readFloats(merged, 'gradient')).relative).toBeLessThan(1e-3); // prettier-ignore
  });

  it('weights are fed: 0 is the model without, in one and the same graph', async () => {
    const { prediction } = unetOf(await applied('unet', ['kohya', 'locon']));
    const result = await evaluate({ prediction }, await unetFeeds([0, 0]));
    expect(maxDifference(result['prediction'], await readFloats(expected, 'plain.prediction'))).toBeLessThan(1e-4); // prettier-ignore
  });

  it('leaves the graph as it is, byte for byte, where there is none', () => {
    const encoded = (loras: readonly AppliedLora[] | undefined): Uint8Array =>
      encodeModel({ prediction: unetOf(loras).prediction }, '/').bytes;
    expect(Buffer.compare(encoded(undefined), encoded([]))).toBe(0);
  });

  it('points into the file: nothing of it is copied into the model', async () => {
    const plain = encodeModel({ prediction: unetOf(undefined).prediction }, '/').bytes.length;
    const { prediction } = unetOf(await applied('unet', ['locon']));
    const { bytes, inputs } = encodeModel({ prediction }, '/');
    expect(inputs.map(({ name }) => name)).toContain('lora_0');
    // 17 KB of matrices; their 16 entries and nodes take names and offsets.
    expect(bytes.length - plain).toBeLessThan(16 * 700);
  });
});

describe('a text encoder with LoRAs against transformers and peft', () => {
  it.each(styles)('%s names', async (name) => {
    const { config, tensors } = model.textEncoder;
    const graph = new Graph();
    const ids = await readIntegers(expected, 'ids');
    const inputs = { ids: graph.input('ids', 'int64', [1, 77]), rows: graph.input('rows', 'int64', [1]) };
    const { hidden, pooled } = buildClipText(graph, config, tensors, inputs, 0, await applied('textEncoder', [name])); // prettier-ignore
    const rows = pooledRows([...ids].map(Number), 77, config.eosTokenId);
    const result = await evaluate({ hidden, ...(pooled ? { pooled } : {}) }, { ids, rows, ...weightFeeds([0.7]) }); // prettier-ignore
    expect(maxDifference(result['hidden'], await readFloats(expected, 'style.hidden'))).toBeLessThan(1e-4);
    expect(maxDifference(result['pooled'], await readFloats(expected, 'style.pooled'))).toBeLessThan(1e-4);
  });
});
