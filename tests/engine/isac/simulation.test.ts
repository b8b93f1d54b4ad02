import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { AttentionOperator, type MapSize } from '../../../main/engine/isac/attentionOperator.ts';
import { kMeans, type KMeansOptions } from '../../../main/engine/isac/kmeans.ts';
import type { Probe } from '../../../main/engine/models/probe.ts';
import { isacSchema } from '../../../preload/contract/isac.ts';
import { evaluate } from '../graph/evaluate.ts';

interface Layer {
  readonly side: number;
  readonly count: number;
  readonly lift: number;
}

/** The layers of Stable Diffusion 1.x at half its size: resolution, number of layers, and how much more a pixel sees of its own object. */
const LAYERS: readonly Layer[] = [
  { side: 32, count: 5, lift: 2 },
  { side: 16, count: 5, lift: 1.6 },
  { side: 8, count: 5, lift: 1.2 },
  { side: 4, count: 1, lift: 1 },
];
const FULL: MapSize = { height: 32, width: 32 };

/** In units of the picture: 1 the L, 2 the square in its corner, 0 the ground. */
function labelAt(x: number, y: number): 0 | 1 | 2 {
  if (x > 0.38 && x < 0.82 && y > 0.18 && y < 0.62) return 2;
  const upright = x > 0.12 && x < 0.38 && y > 0.18 && y < 0.88;
  const foot = x > 0.12 && x < 0.82 && y > 0.62 && y < 0.88;
  return upright || foot ? 1 : 0;
}

const centre = (p: number, side: number): readonly [number, number] => [
  ((p % side) + 0.5) / side,
  (Math.floor(p / side) + 0.5) / side,
];

/** Rows of self-attention: what is near, what belongs to the same object, and a little of everything. */
function selfAttention(side: number, lift: number): Float32Array {
  const pixels = side * side;
  const map = new Float32Array(pixels * pixels);
  for (let p = 0; p < pixels; p++) {
    const [px, py] = centre(p, side);
    let sum = 0;
    for (let q = 0; q < pixels; q++) {
      const [qx, qy] = centre(q, side);
      const near = Math.exp(-((px - qx) ** 2 + (py - qy) ** 2) / (2 * 0.08 ** 2));
      const value = (labelAt(px, py) === labelAt(qx, qy) ? lift : 1) * (1 + 2 * near);
      map[p * pixels + q] = value;
      sum += value;
    }
    for (let q = 0; q < pixels; q++) map[p * pixels + q] = (map[p * pixels + q] ?? 0) / sum;
  }
  return map;
}

const settings = isacSchema.parse({});

/** Share of the objects' pixels that get the label of their object. */
async function rightLabels(
  { features, coordinateWeight }: Pick<KMeansOptions, 'features' | 'coordinateWeight'>,
  attended: boolean,
  layers: readonly Layer[] = LAYERS,
): Promise<number> {
  const graph = new Graph();
  const pixels = FULL.height * FULL.width;
  const feeds: Record<string, Float32Array> = {};
  const probes = layers.map(({ side, count, lift }): Probe => {
    const layer = `map_${side}`;
    feeds[layer] = attended ? selfAttention(side, lift) : new Float32Array(side ** 4).fill(1 / side ** 2);
    // Layers of one resolution see alike here, so that one stands for all of them: with as many heads.
    const map = graph.input(layer, 'float32', [side * side, side * side]);
    return { layer, kind: 'self', height: side, width: side, heads: 8 * count, map };
  });
  const averaging = { mapUpsampling: 'mass', layerWeights: 'heads' } as const;
  const attention = new AttentionOperator(probes, FULL, averaging);
  const truth = Array.from({ length: pixels }, (_, p) => labelAt(...centre(p, FULL.width)));
  // The boxes that a user draws: the L's holds the whole square.
  const boxes = [[0.12, 0.18, 0.82, 0.88], [0.38, 0.18, 0.82, 0.62]] as const; // prettier-ignore
  feeds['seeds'] = Float32Array.from(
    boxes.flatMap(([x0, y0, x1, y1]) =>
      truth.map((_, p) => {
        const [x, y] = centre(p, FULL.width);
        return x > x0 && x < x1 && y > y0 && y < y1 ? 1 : 0;
      }),
    ),
  );
  feeds['foreground'] = Float32Array.from(truth, (label) => (label > 0 ? 1 : 0));
  const assignment = kMeans(
    attention,
    graph.input('seeds', 'float32', [2, pixels]),
    graph.input('foreground', 'float32', [1, pixels]),
    { iterations: 5, coordinateWeight, features },
  );
  const made = (await evaluate({ assignment }, feeds))['assignment'] as Float32Array;
  const objects = truth.flatMap((label, p) => (label > 0 ? [{ label, p }] : []));
  return objects.filter(({ label, p }) => made[(label - 1) * pixels + p] === 1).length / objects.length;
}

describe('clusters of an L around a square, by maps of the shape of Stable Diffusion 1.x', () => {
  it('follow the objects', async () => {
    expect(await rightLabels(settings, true)).toBeGreaterThanOrEqual(0.98);
  });

  it('follow the objects in fainter maps, too', async () => {
    const faint = LAYERS.map((layer) => ({ ...layer, lift: 1 + (layer.lift - 1) / 2 }));
    expect(await rightLabels(settings, true, faint)).toBeGreaterThanOrEqual(0.98);
  });

  it('follow the coordinates alone where rows of attention are taken as they are', async () => {
    const plain = { features: 'plain', coordinateWeight: 1 } as const;
    expect(await rightLabels(plain, true)).toBeLessThan(0.9);
    expect(await rightLabels(plain, false)).toBeLessThan(0.9);
  });
});
