import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stepMasks } from '../../../main/engine/masks/stepMasks.ts';
import type { Box } from '../../../preload/contract/layout.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const box: fc.Arbitrary<Box> = fc
  .tuple(share, share, share, share)
  .map(([a, b, c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]);

const scene = fc
  .record({
    count: fc.integer({ min: 1, max: 5 }),
    mapWidth: fc.integer({ min: 1, max: 9 }),
    mapHeight: fc.integer({ min: 1, max: 9 }),
  })
  .chain(({ count, mapWidth, mapHeight }) => {
    const size = mapWidth * mapHeight;
    const values = (length: number): fc.Arbitrary<Float32Array> =>
      fc.float32Array({ minLength: length, maxLength: length, min: 0, max: 1, noNaN: true });
    return fc.record({
      maps: fc.record({
        soft: values(count * size),
        foreground: values(size),
        count: fc.constant(count),
        mapWidth: fc.constant(mapWidth),
        mapHeight: fc.constant(mapHeight),
      }),
      boxes: fc.array(box, { minLength: count, maxLength: count }),
    });
  });

it('gives every pixel to one box or to the background, whatever attention shows', () => {
  fc.assert(
    fc.property(scene, ({ maps, boxes }) => {
      const { masks, width, height } = stepMasks(maps, boxes);
      expect(masks).toHaveLength(maps.count);
      const owners = new Uint8Array(width * height);
      for (const mask of masks) mask.forEach((value, p) => (owners[p] = (owners[p] ?? 0) + value));
      expect(owners.every((count) => count <= 1)).toBe(true);
      expect(masks.every((mask) => mask.length === owners.length)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it('gives a pixel to the box whose map is strongest there, though it be faint, and nothing without foreground', () => {
  // Two cells; the left one is the first box's, the right one the second's, whose map is ten times fainter.
  const soft = Float32Array.of(1, 0.2, 0.01, 0.1);
  const boxes: Box[] = [
    [0, 0, 1, 1],
    [0, 0, 1, 1],
  ];
  const maps = { soft, count: 2, mapWidth: 2, mapHeight: 1, foreground: Float32Array.of(1, 1) };
  const { masks, width } = stepMasks(maps, boxes);
  expect(masks[0]?.[0]).toBe(1);
  expect(masks[1]?.[width - 1]).toBe(1);
  const none = stepMasks({ ...maps, foreground: Float32Array.of(0, 0) }, boxes);
  expect(none.masks.every((mask) => mask.every((value) => value === 0))).toBe(true);
});

it('leaves many boxes apart their own places, though attention is spread over all of them', () => {
  const [mapWidth, mapHeight] = [16, 16];
  const boxes: Box[] = [[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]]; // prettier-ignore
  // Each map is largest in its own quarter, but hardly: with the others' shares as background none would win.
  const soft = Float32Array.from({ length: 4 * 256 }, (_, i) => {
    const [k, x, y] = [Math.floor(i / 256), i % 16, Math.floor((i % 256) / 16)];
    return x < 8 === (k % 2 === 0) && y < 8 === k < 2 ? 1 : 0.7;
  });
  const foreground = new Float32Array(256).fill(1);
  const { masks, width, height } = stepMasks({ soft, count: 4, mapWidth, mapHeight, foreground }, boxes);
  for (const mask of masks) {
    expect(mask.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0.2 * width * height);
  }
});
