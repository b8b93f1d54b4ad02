import { describe, expect, it } from 'vitest';
import { refineMasks, type RefineInput } from '../../../main/engine/masks/refine.ts';
import { iouOfMasks } from '../../../main/engine/masks/rle.ts';
import { upsampleBilinear } from '../../../main/engine/masks/upsample.ts';
import type { Box } from '../../../preload/contract/layout.ts';

const SIDE = 128;
const CELLS = 16;
const discs = [
  { x: 48, y: 60, radius: 26, colour: [200, 40, 40] },
  { x: 82, y: 68, radius: 24, colour: [40, 70, 200] },
];
const boxes: Box[] = discs.map(({ x, y, radius }) => [
  (x - radius) / SIDE,
  (y - radius) / SIDE,
  (x + radius) / SIDE,
  (y + radius) / SIDE,
]);

/** Two overlapping discs on a grey ground with noise, the true owners, and what attention maps would know of them. */
function scene(): { input: RefineInput; truth: Uint8Array[] } {
  const random = lcg(5);
  const owner = new Uint8Array(SIDE * SIDE);
  const image = new Uint8Array(SIDE * SIDE * 3);
  for (let p = 0; p < owner.length; p++) {
    const [x, y] = [p % SIDE, Math.floor(p / SIDE)];
    discs.forEach((disc, k) => {
      if (Math.hypot(x + 0.5 - disc.x, y + 0.5 - disc.y) < disc.radius) owner[p] = k + 1;
    });
    const colour = discs[(owner[p] ?? 0) - 1]?.colour ?? [190, 190, 180];
    for (let c = 0; c < 3; c++) image[3 * p + c] = (colour[c] ?? 0) + 12 * (random() - 0.5);
  }
  const size = CELLS * CELLS;
  const cell = SIDE / CELLS;
  const soft = new Float32Array(discs.length * size);
  for (let p = 0; p < owner.length; p++) {
    // Spread over 3 x 3 cells: an attention map is wider than its object.
    const [x, y] = [Math.floor((p % SIDE) / cell), Math.floor(p / SIDE / cell)];
    const who = (owner[p] ?? 0) - 1;
    if (who < 0) continue;
    for (const [dx, dy] of [-1, 0, 1].flatMap((a) => [-1, 0, 1].map((b) => [a, b] as const))) {
      if (x + dx < 0 || y + dy < 0 || x + dx >= CELLS || y + dy >= CELLS) continue;
      const index = who * size + (y + dy) * CELLS + x + dx;
      soft[index] = (soft[index] ?? 0) + 1 / (cell * cell * 9);
    }
  }
  const foreground = new Float32Array(size);
  for (let p = 0; p < size; p++) foreground[p] = (soft[p] ?? 0) + (soft[size + p] ?? 0) > 0.35 ? 1 : 0;
  const noisy = soft.map((value, p) => (foreground[p % size] ?? 0) * value * (0.7 + 0.6 * random()));
  const truth = discs.map((_, k) => owner.map((who) => Number(who === k + 1)));
  const input = { soft: noisy, count: 2, mapWidth: CELLS, mapHeight: CELLS, foreground, image, boxes };
  return { input: { ...input, width: SIDE, height: SIDE }, truth };
}

function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('refined masks', () => {
  it('follow the image where upsampled maps cannot', () => {
    const { input, truth } = scene();
    const refined = refineMasks(input).masks.map((mask, k) => iouOfMasks(mask, truth[k] ?? mask));
    const maps = [0, 1].map((k) =>
      upsampleBilinear(input.soft.subarray(k * 256, (k + 1) * 256), CELLS, CELLS, SIDE, SIDE),
    );
    const gate = upsampleBilinear(input.foreground, CELLS, CELLS, SIDE, SIDE);
    const naive = maps.map((map, k) => {
      const other = maps[1 - k];
      const mask = Uint8Array.from(map, (v, p) => Number((gate[p] ?? 0) > 0.5 && v > (other?.[p] ?? 0)));
      return iouOfMasks(mask, truth[k] ?? mask);
    });
    expect(mean(naive)).toBeLessThan(0.85);
    expect(Math.min(...refined)).toBeGreaterThan(0.95);
  });

  it('give each pixel one owner, nothing outside the margin', () => {
    const { input } = scene();
    const { owner, masks } = refineMasks(input);
    for (let p = 0; p < owner.length; p++) {
      const owners = masks.flatMap((mask, k) => (mask[p] === 1 ? [k + 1] : []));
      expect(owners).toEqual(owner[p] === 0 ? [] : [owner[p]]);
      for (const who of owners) {
        const [x0, y0, x1, y1] = boxes[who - 1] ?? [0, 0, 0, 0];
        const [mx, my] = [0.05 * (x1 - x0) * SIDE + 1, 0.05 * (y1 - y0) * SIDE + 1];
        const [x, y] = [(p % SIDE) + 0.5, Math.floor(p / SIDE) + 0.5];
        expect(x > x0 * SIDE - mx && x < x1 * SIDE + mx && y > y0 * SIDE - my && y < y1 * SIDE + my).toBe(
          true,
        );
      }
    }
  });

  it('are empty where the maps are', () => {
    const { input } = scene();
    const nothing = refineMasks({ ...input, soft: new Float32Array(input.soft.length) });
    expect(nothing.owner.every((who) => who === 0)).toBe(true);
    const gated = refineMasks({ ...input, foreground: new Float32Array(256) });
    expect(gated.owner.every((who) => who === 0)).toBe(true);
  });

  it('refuse maps that do not fit', () => {
    const { input } = scene();
    expect(() => refineMasks({ ...input, count: 3 })).toThrow(/3 maps of 16 x 16 do not fit 2 boxes/);
    expect(() => refineMasks({ ...input, width: 64 })).toThrow(/image needs/);
  });
});
