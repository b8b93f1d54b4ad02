import { describe, expect, it } from 'vitest';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { add, mul } from '../../../main/engine/graph/ops/elementwise.ts';
import { sumAll } from '../../../main/engine/graph/ops/reduce.ts';
import { numel } from '../../../main/engine/graph/shape.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import type { Probe } from '../../../main/engine/models/probe.ts';
import { buildUnet, type UnetOptions } from '../../../main/engine/models/unet/unet.ts';
import type { HostData } from '../../../main/engine/runtime/session.ts';
import { unetConfigSchema } from '../../../main/engine/weights/configs/unetConfig.ts';
import { evaluate } from '../graph/evaluate.ts';
import { compareGradients, maxDifference, openFixture, type Fixture } from './fixture.ts';

interface Built {
  readonly prediction: Tensor;
  readonly latents: Tensor;
  readonly probes: Probe[];
  readonly feeds: Record<string, HostData>;
}

async function build(fixture: Fixture, withObjects: boolean, options: UnetOptions = {}): Promise<Built> {
  const graph = new Graph();
  const config = unetConfigSchema.parse(fixture.config);
  const names = ['latents', 'timestep', 'text', ...(withObjects ? ['objects'] : [])];
  const feeds: Record<string, HostData> = {};
  const inputs: Record<string, Tensor> = {};
  for (const name of names) {
    feeds[name] = await fixture.floats(name);
    inputs[name] = graph.input(name, 'float32', fixture.shape(name));
  }
  const { latents, timestep, text, objects } = inputs;
  if (!latents || !timestep || !text) throw new Error('no inputs');
  const probes: Probe[] = [];
  const wanted = latents.shape[0] === 1 && !options.fused;
  const prediction = buildUnet(
    graph,
    config,
    fixture.weights,
    { latents, timestep, encoderHiddenStates: text, objects: objects ?? null },
    { probes: { wants: () => wanted, add: (probe) => probes.push(probe) }, ...options },
  );
  return { prediction, latents, probes, feeds };
}

/** Every map against cos(index + number of the map), as make_fixtures.py does. */
function lossOf(maps: readonly Tensor[]): Tensor {
  return maps
    .map((map, k) => {
      const weights = Float32Array.from({ length: numel(map.shape) }, (_, i) => Math.cos(i + k));
      return sumAll(mul(map, map.graph.constant(weights, map.shape)));
    })
    .reduce(add);
}

const gated = ['unet-conv-projection', 'unet-linear-projection-odd-size'];
const methods: Record<string, UnetOptions> = {
  'all heads at once': {},
  'one head at a time': { headsAtOnce: 1 },
  'all heads, recomputed': { recompute: true, recomputeFrom: 0 },
  'one head at a time, recomputed': { headsAtOnce: 1, recompute: true, recomputeFrom: 0 },
};

describe('UNet against diffusers', () => {
  it.each([...gated, 'unet-plain-batch-2'])('%s: prediction', async (name) => {
    const fixture = await openFixture(name);
    const { prediction, feeds } = await build(fixture, gated.includes(name));
    const result = await evaluate({ prediction }, feeds);
    expect(maxDifference(result['prediction'], await fixture.floats('prediction'))).toBeLessThan(1e-4);
  });

  it.each([...gated, 'unet-plain-batch-2'])('%s: prediction with fused attention', async (name) => {
    const fixture = await openFixture(name);
    const { prediction, feeds } = await build(fixture, gated.includes(name), { fused: true });
    const result = await evaluate({ prediction }, feeds);
    expect(maxDifference(result['prediction'], await fixture.floats('prediction'))).toBeLessThan(1e-4);
  });

  it.each(gated)('%s: fusers switched off', async (name) => {
    const fixture = await openFixture(name);
    const { prediction, feeds } = await build(fixture, false);
    const result = await evaluate({ prediction }, feeds);
    const expected = await fixture.floats('prediction_without_fusers');
    expect(maxDifference(result['prediction'], expected)).toBeLessThan(1e-4);
  });

  it.each(gated)(
    '%s: attention without probes in slices',
    async (name) => {
      const fixture = await openFixture(name);
      const probes = { wants: () => false, add: () => undefined };
      const options = { slices: 2, sliceFrom: 0, recompute: true, recomputeFrom: 0, probes };
      const { prediction, latents, feeds } = await build(fixture, true, options);
      const [gradient] = grad(lossOf([prediction]), [latents]);
      if (!gradient) throw new Error('no gradient');
      const result = await evaluate({ prediction, gradient }, feeds);
      expect(maxDifference(result['prediction'], await fixture.floats('prediction'))).toBeLessThan(1e-4);
      const expected = await fixture.floats('gradient_of_prediction');
      expect(compareGradients(result['gradient'], expected).relative).toBeLessThan(1e-3);
    },
    120_000,
  );

  describe.each(gated)('%s', (name) => {
    it.each(Object.entries(methods))(
      '%s: maps and gradients',
      async (_method, options) => {
        const fixture = await openFixture(name);
        const { prediction, latents, probes, feeds } = await build(fixture, true, options);
        const outputs: Record<string, Tensor> = { prediction };
        probes.forEach((probe, k) => {
          outputs[`probe.${String(k).padStart(2, '0')}.${probe.layer}.${probe.kind}`] = probe.map;
        });
        const expectedNames = fixture.tensors.names.filter((tensor) => tensor.startsWith('probe.')).sort();
        expect(Object.keys(outputs).filter((output) => output !== 'prediction')).toEqual(expectedNames);

        const [gradientOfMaps] = grad(lossOf(probes.map(({ map }) => map)), [latents]);
        const [gradientOfPrediction] = grad(lossOf([prediction]), [latents]);
        if (!gradientOfMaps || !gradientOfPrediction) throw new Error('no gradient');
        const all = {
          ...outputs,
          gradient_of_maps: gradientOfMaps,
          gradient_of_prediction: gradientOfPrediction,
        };
        const result = await evaluate(all, feeds);
        for (const output of Object.keys(outputs)) {
          const expected = await fixture.floats(output);
          expect(outputs[output]?.shape).toEqual(fixture.shape(output));
          expect(maxDifference(result[output], expected), output).toBeLessThan(1e-4);
        }
        for (const output of ['gradient_of_maps', 'gradient_of_prediction']) {
          const { relative, cosine } = compareGradients(result[output], await fixture.floats(output));
          expect(relative, output).toBeLessThan(1e-3);
          expect(cosine, output).toBeGreaterThan(0.9999);
        }
      },
      120_000,
    );
  });
});
