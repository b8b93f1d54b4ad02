import { describe, expect, it } from 'vitest';
import { Graph } from '../../../main/engine/graph/graph.ts';
import { peakSeeds } from '../../../main/engine/isac/peakSeeds.ts';
import { evaluate } from '../graph/evaluate.ts';

const size = { height: 8, width: 12 };
const pixels = size.height * size.width;

/** The pixel with the largest weight of each seed, as x and y. */
async function peaks(maps: number[][], gate = new Float32Array(pixels).fill(1)): Promise<[number, number][]> {
  const graph = new Graph();
  const semantic = graph.input('semantic', 'float32', [maps.length, pixels]);
  const foreground = graph.input('foreground', 'float32', [1, pixels]);
  const feeds = { semantic: Float32Array.from(maps.flat()), foreground: gate };
  const seeds = (await evaluate({ seeds: peakSeeds(semantic, foreground, size) }, feeds))['seeds'] as Float32Array; // prettier-ignore
  return maps.map((_, k) => {
    const own = seeds.subarray(k * pixels, (k + 1) * pixels);
    const at = own.indexOf(Math.max(...own));
    return [at % size.width, Math.floor(at / size.width)];
  });
}

/** Hills of a height at places, on flat ground. */
const hills = (...places: [x: number, y: number, height: number][]): number[] =>
  Array.from({ length: pixels }, (_, p) =>
    places.reduce(
      (sum, [x, y, height]) =>
        sum + height * Math.exp(-(((p % size.width) - x) ** 2 + (Math.floor(p / size.width) - y) ** 2) / 2),
      0.01,
    ),
  );

describe('seeds from the peaks of the words’ maps', () => {
  it('are each word’s own peak, however high its map is', async () => {
    expect(await peaks([hills([2, 2, 1]), hills([9, 5, 0.01])])).toEqual([[2, 2], [9, 5]]); // prettier-ignore
  });

  it('are one peak after the other for instances of one word', async () => {
    const dogs = hills([2, 2, 1], [9, 5, 0.6]);
    expect(await peaks([dogs, dogs])).toEqual([[2, 2], [9, 5]]); // prettier-ignore
  });

  it('lie apart where two words peak at one place', async () => {
    const [[ax, ay] = [0, 0], [bx, by] = [0, 0]] = await peaks([
      hills([5, 4, 1]),
      hills([5, 4, 1], [10, 1, 0.5]),
    ]);
    expect([ax, ay]).toEqual([5, 4]);
    expect([bx, by]).toEqual([10, 1]);
  });

  it('lie in the foreground, and apart even where maps are flat', async () => {
    const gate = Float32Array.from({ length: pixels }, (_, p) => (p % size.width < 6 ? 1 : 0));
    const flat = new Array<number>(pixels).fill(0);
    const found = await peaks([flat, flat, flat], gate);
    expect(found.every(([x]) => x < 6)).toBe(true);
    expect(new Set(found.map(String)).size).toBe(3);
  });
});
