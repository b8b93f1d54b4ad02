import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { AttentionOperator } from '../../../main/engine/isac/attentionOperator.ts';
import { farthestSeeds } from '../../../main/engine/isac/farthestSeeds.ts';
import { coordinateRows, kMeans } from '../../../main/engine/isac/kmeans.ts';
import { evaluate, values } from '../graph/evaluate.ts';

const size = { height: 4, width: 5 };
const averaging = { mapUpsampling: 'mass', layerWeights: 'layers' } as const;
const pixels = size.height * size.width;

/** Rows of a random attention map: positive, each summing to one. */
function attentionMap(seed: number): Float32Array {
  const map = values(pixels * pixels, seed).map((value) => Math.exp(3 * value));
  for (let row = 0; row < pixels; row++) {
    const part = map.subarray(row * pixels, (row + 1) * pixels);
    const sum = part.reduce((a, b) => a + b, 0);
    part.forEach((value, i) => (part[i] = value / sum));
  }
  return map;
}

/** Lloyd's algorithm written out on the features, for comparison. */
function lloyd(map: Float32Array, seeds: number[][], foreground: number[], iterations: number): number[] {
  const places = coordinateRows(size);
  const feature = (p: number): number[] => [
    ...map.subarray(p * pixels, (p + 1) * pixels),
    places[p] ?? 0,
    places[pixels + p] ?? 0,
  ];
  const mean = (members: number[], weights: number[]): number[] => {
    const total = weights.reduce((a, b) => a + b, 0);
    const sum = new Array<number>(pixels + 2).fill(0);
    members.forEach((p, m) =>
      feature(p).forEach((value, i) => (sum[i] = (sum[i] ?? 0) + (value * (weights[m] ?? 0)) / total)),
    );
    return sum;
  };
  const all = [...Array(pixels).keys()];
  let centroids = seeds.map((weights) => mean(all, weights));
  const assign = (): number[] =>
    all.map((p) => {
      const distances = centroids.map((c) =>
        feature(p).reduce((sum, value, i) => sum + (value - (c[i] ?? 0)) ** 2, 0),
      );
      return distances.indexOf(Math.min(...distances));
    });
  let labels = assign();
  for (let i = 0; i < iterations; i++) {
    centroids = centroids.map((centroid, k) => {
      const members = all.filter((p) => foreground[p] === 1 && labels[p] === k);
      return members.length === 0
        ? centroid
        : mean(
            members,
            members.map(() => 1),
          );
    });
    labels = assign();
  }
  return labels;
}

function operator(graph: Graph): AttentionOperator {
  const map = graph.input('map', 'float32', [pixels, pixels]);
  return new AttentionOperator([{ layer: 'l', kind: 'self', heads: 1, ...size, map }], size, averaging);
}

describe('kMeans in the graph', () => {
  it('equals Lloyd written out, for any map, seeds and foreground', async () => {
    const graph = new Graph();
    const seeds = graph.input('seeds', 'float32', [3, pixels]);
    const foreground = graph.input('foreground', 'float32', [1, pixels]);
    const assignment = kMeans(operator(graph), seeds, foreground, {
      iterations: 4,
      coordinateWeight: 1,
      features: 'plain',
    });
    const run = async (seed: number, gate: number[], boxes: number[][]): Promise<Float32Array> =>
      (await evaluate({ assignment }, { map: attentionMap(seed), seeds: Float32Array.from(boxes.flat()), foreground: Float32Array.from(gate) }))['assignment'] as Float32Array; // prettier-ignore

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: pixels, maxLength: pixels }),
        fc.array(fc.integer({ min: 0, max: pixels - 4 }), { minLength: 3, maxLength: 3 }),
        async (seed, gate, starts) => {
          const boxes = starts.map((start) =>
            Array.from({ length: pixels }, (_, p) => (p >= start && p < start + 4 ? 1 : 0)),
          );
          const labels = lloyd(attentionMap(seed), boxes, gate, 4);
          const expected = [0, 1, 2].flatMap((k) =>
            labels.map((label, p) => (label === k && gate[p] === 1 ? 1 : 0)),
          );
          expect([...(await run(seed, gate, boxes))]).toEqual(expected);
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe('farthestSeeds', () => {
  it('takes the pixel that means most, then the farthest, inside the foreground', async () => {
    const graph = new Graph();
    const semantic = graph.input('semantic', 'float32', [3, pixels]);
    const foreground = graph.input('foreground', 'float32', [1, pixels]);
    const seeds = farthestSeeds(operator(graph), semantic, foreground, 1);
    // Uniform attention: the features are the coordinates. Row 0 of the image is background.
    const gate = Float32Array.from({ length: pixels }, (_, p) => (p >= size.width ? 1 : 0));
    const meaning = new Float32Array(3 * pixels);
    meaning[5] = 1;
    const map = new Float32Array(pixels * pixels).fill(1 / pixels);
    const chosen = (await evaluate({ seeds }, { map, semantic: meaning, foreground: gate }))[
      'seeds'
    ] as Float32Array;
    const hot = [0, 1, 2].map((k) =>
      [...chosen.subarray(k * pixels, (k + 1) * pixels)].flatMap((v, p) => (v === 1 ? [p] : [])),
    );
    // x, y: (0, 1), then the opposite corner (4, 3); then (3, 1), as far from both as (1, 3) and before it.
    expect(hot).toEqual([[5], [19], [8]]);
  });
});
