import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { meaningBefore } from '../../../preload/contract/isacMigration.ts';
import { isacSchema } from '../../../preload/contract/isac.ts';
import { grad } from '../../../main/engine/graph/autodiff.ts';
import { Graph } from '../../../main/engine/graph/graph.ts';
import type { Tensor } from '../../../main/engine/graph/ir.ts';
import { objectiveFeeds } from '../../../main/engine/isac/feeds.ts';
import { objectiveInputs, objectiveSizes } from '../../../main/engine/isac/inputs.ts';
import { buildObjective } from '../../../main/engine/isac/objective.ts';
import type { Probe, ProbeKind } from '../../../main/engine/models/probe.ts';
import { fixtureTensor, readSafetensors } from '../../fixtures/readSafetensors.ts';
import { maxDifference, relation } from '../compare.ts';
import { evaluate } from '../graph/evaluate.ts';

interface Meta {
  sizes: [number, number][];
  /** Of cross- and grounding attention, where they are others. */
  cross?: [number, number][];
  boxes: number;
  tokens: number;
  classTokens: number[][];
  attributeTokens: number[][][];
  exempt: [number, number][];
  lambdas: [number, number];
  /** Heads per layer; 1 each unless given. */
  heads?: number[];
  /** Positions of the caption's words; all unless given. */
  words?: number[];
  options: {
    mass?: boolean;
    peak?: boolean;
    coordinate_weight?: number;
    iterations?: number;
    semantic?: 'caption' | 'grounding' | 'both';
    grounding_weight?: number;
    /** This program's own losses. */
    measured?: boolean;
    presence?: number;
  };
}

const kinds: ProbeKind[] = ['self', 'cross', 'grounding'];
const folder = new URL('../../fixtures/isac/', import.meta.url);

/** Runs the objective of a fixture (tests/fixtures/isac/make_objective_fixtures.py) on its attention maps. */
async function run(name: string): Promise<{
  expected: Map<string, { data: Float32Array; shape: number[] }>;
  actual: Record<string, ArrayLike<number | bigint>>;
}> {
  const meta = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Meta;
  const expected = readSafetensors(new URL(`${name}.safetensors`, folder));
  const { options } = meta;
  const graph = new Graph();
  const feeds: Record<string, Float32Array> = {};
  const probes = kinds.flatMap((kind) =>
    (kind === 'self' ? meta.sizes : (meta.cross ?? meta.sizes)).map(([height, width], index): Probe => {
      const key = `${kind}.${index}`;
      const keys = { self: height * width, cross: meta.tokens, grounding: 30 }[kind];
      feeds[key] = fixtureTensor(expected, key);
      return {
        layer: String(index),
        kind,
        height,
        width,
        heads: meta.heads?.[index] ?? 1,
        map: graph.input(key, 'float32', [height * width, keys]),
      };
    }),
  );
  const settings = isacSchema.parse({
    ...meaningBefore,
    groundingLoss: options.grounding_weight ?? 0,
    ...(meta.heads ? { layerWeights: 'heads' } : {}),
    ...(meta.words ? { wordShare: 'words' } : {}),
    presence: options.presence ?? 0,
    mapUpsampling: options.mass === false ? 'values' : 'mass',
    mapScale: options.measured ? 'share' : options.peak === false ? 'raw' : 'peak',
    ...(options.measured ? { overlap: 'common', features: 'balanced' } : {}),
    coordinateWeight: options.coordinate_weight ?? 1,
    kmeansIterations: options.iterations ?? 5,
    semantic: options.semantic ?? 'caption',
  });
  const sizes = objectiveSizes(probes);
  const inputs = objectiveInputs(graph, meta.boxes, meta.tokens, sizes);
  const objective = buildObjective(probes, inputs, settings);
  const tokens = meta.classTokens.map((classTokens, k) => ({
    classTokens,
    attributeTokens: meta.attributeTokens[k] ?? [],
  }));
  const words = Array.from({ length: meta.tokens }, (_, i) => meta.words?.includes(i) ?? true);
  const boxes = meta.classTokens.map((): [number, number, number, number] => [0, 0, 1, 1]);
  const made = objectiveFeeds({ boxes, tokens, exempt: meta.exempt, words }, sizes, settings);
  Object.assign(feeds, made, {
    seeds: fixtureTensor(expected, 'seeds'),
    places: fixtureTensor(expected, 'places'),
    lambdas: new Float32Array([...meta.lambdas, options.grounding_weight ?? 0]),
  });

  const differentiable = probes.filter(({ kind, layer }) =>
    fixtureTensor(expected, `grad.${kind}.${layer}`).some((value) => value !== 0),
  );
  const gradients =
    differentiable.length === 0
      ? []
      : grad(
          objective.loss,
          differentiable.map(({ map }) => map),
        );
  const outputs: Record<string, Tensor> = {
    losses: objective.losses,
    masks: objective.masks,
    semantic: objective.semantic,
  };
  gradients.forEach((gradient, i) => (outputs[`grad.${differentiable[i]?.map.name}`] = gradient));
  return { expected, actual: await evaluate(outputs, feeds) };
}

describe('the objective against an independent PyTorch implementation', () => {
  it.each([
    'three_boxes',
    'raw_values',
    'grounding',
    'both',
    'one_box',
    'paper_heads',
    'measured',
    'measured_two_sizes',
  ])('%s', async (name) => {
    const { expected, actual } = await run(name);
    for (const [key, value] of Object.entries(actual)) {
      const wanted = fixtureTensor(expected, key);
      if (key.startsWith('grad.')) {
        const { relativeError, cosine } = relation(value as Float32Array, wanted);
        expect(relativeError, key).toBeLessThan(1e-4);
        expect(cosine, key).toBeGreaterThan(0.9999);
      } else {
        expect(maxDifference(value as Float32Array, wanted), key).toBeLessThan(1e-5);
      }
    }
    expect(Object.keys(actual).length).toBeGreaterThan(name === 'one_box' ? 2 : 5);
  });
});
