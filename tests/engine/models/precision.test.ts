import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import type { GraphNode, Tensor } from '../../../main/engine/graph/ir.ts';
import type { Probe } from '../../../main/engine/models/probe.ts';
import { buildUnet, type UnetOptions } from '../../../main/engine/models/unet/unet.ts';
import type { HostData } from '../../../main/engine/runtime/session.ts';
import { unetConfigSchema } from '../../../main/engine/weights/configs/unetConfig.ts';
import { evaluate } from '../graph/evaluate.ts';
import { maxDifference, openFixture } from './fixture.ts';

/**
 * The UNet's graph in float16. ONNX Runtime's CPU has hardly a kernel of that type and computes in float32 between casts:
 * here it is seen that the graph is well formed and where which type stands; tests/webgpu sees a device compute in it.
 */
async function build(
  name: string,
  options: UnetOptions,
): Promise<{ graph: Graph; prediction: Tensor; probes: Probe[]; feeds: Record<string, HostData> }> {
  const fixture = await openFixture(name);
  const graph = new Graph();
  const feeds: Record<string, HostData> = {};
  const inputs: Record<string, Tensor> = {};
  for (const input of ['latents', 'timestep', 'text', 'objects']) {
    feeds[input] = await fixture.floats(input);
    inputs[input] = graph.input(input, 'float32', fixture.shape(input));
  }
  const { latents, timestep, text, objects } = inputs;
  if (!latents || !timestep || !text || !objects) throw new Error('no inputs');
  const probes: Probe[] = [];
  const sink = { wants: () => true, add: (probe: Probe) => probes.push(probe) };
  const prediction = buildUnet(
    graph,
    unetConfigSchema.parse(fixture.config),
    fixture.weights,
    { latents, timestep, encoderHiddenStates: text, objects },
    { probes: sink, ...options },
  );
  return { graph, prediction, probes, feeds };
}

const typesOf = (nodes: readonly GraphNode[], ...types: string[]): string[] => [
  ...new Set(
    nodes
      .filter(({ op }) => types.includes(op.type))
      .flatMap(({ inputs }) => inputs.map(({ dtype }) => dtype)),
  ),
];

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each(['unet-conv-projection', 'unet-linear-projection-odd-size'])(
  'a UNet in float16: %s',
  (name) => {
    it('multiplies in float16, and takes norms and the softmax in float32', async () => {
      const { graph, prediction, probes } = await build(name, { precision: 'float16' });
      expect(typesOf(graph.nodes, 'Conv', 'Gemm', 'MatMul')).toEqual(['float16']);
      expect(typesOf(graph.nodes, 'LayerNormalization', 'Softmax')).toEqual(['float32']);
      expect(prediction.dtype).toBe('float32');
      expect(new Set(probes.map(({ map }) => map.dtype))).toEqual(new Set(['float32']));
    });

    it('without being asked there is no float16 in it', async () => {
      const { graph } = await build(name, {});
      expect(typesOf(graph.nodes, 'Conv', 'Gemm', 'MatMul', 'LayerNormalization', 'Softmax')).toEqual([
        'float32',
      ]);
    });
  },
);

describe('a UNet in float16', () => {
  const name = 'unet-conv-projection';
  it.each<[string, UnetOptions]>([
    ['as it comes', {}],
    ['one head at a time', { headsAtOnce: 1 }],
    ['in slices', { slices: 3, sliceFrom: 0, probes: { wants: () => false, add: () => undefined } }],
  ])('gives nearly what float32 gives: %s', async (_, options) => {
    const half = await build(name, { ...options, precision: 'float16' });
    const whole = await build(name, options);
    const [a, b] = [half, whole].map(({ prediction, probes, feeds }) =>
      evaluate({ prediction, ...(probes[0] ? { map: probes[0].map } : {}) }, feeds),
    );
    const [rounded, exact] = [await a, await b];
    for (const output of Object.keys(exact ?? {})) {
      const [values, reference] = [rounded?.[output], exact?.[output]];
      if (!(values instanceof Float32Array) || !(reference instanceof Float32Array)) throw new Error(output);
      const difference = maxDifference(values, reference) / largest(reference);
      expect(difference, output).toBeLessThan(0.1);
      // Rounded it is.
      expect(difference, output).toBeGreaterThan(1e-6);
    }
  });
});
