import { describe, expect, it } from 'vitest';
import { maskContour } from '../../../renderer/canvas/maskContour.ts';
import type { MaskBytes } from '../../../renderer/canvas/maskPixels.ts';
import { smoothOutline } from '../../../renderer/canvas/smoothOutline.ts';
import type { Loop } from '../../../renderer/canvas/smoothOutline.ts';

const SIDE = 64;

function maskOf(inside: (x: number, y: number) => boolean): MaskBytes {
  const values = Uint8Array.from({ length: SIDE * SIDE }, (_, at) =>
    inside((at % SIDE) + 0.5, Math.floor(at / SIDE) + 0.5) ? 255 : 0,
  );
  return { width: SIDE, height: SIDE, values };
}

/** In mask pixels. */
const pointsOf = (loop: Loop): [number, number][] =>
  Array.from({ length: loop.length / 2 }, (_, at) => [
    (loop[2 * at] ?? 0) * SIDE,
    (loop[2 * at + 1] ?? 0) * SIDE,
  ]);

/** How much the direction changes along a closed line, in radians: 2 pi for a convex one. */
function turning(points: readonly [number, number][]): number {
  const angles = points.map(([x, y], at) => {
    const [nextX, nextY] = points[(at + 1) % points.length] ?? [x, y];
    return Math.atan2(nextY - y, nextX - x);
  });
  return angles.reduce((sum, angle, at) => {
    const bend = (angles[(at + 1) % angles.length] ?? angle) - angle;
    return sum + Math.abs(Math.atan2(Math.sin(bend), Math.cos(bend)));
  }, 0);
}

describe('the outline for the eye', () => {
  it('of a disc is round, where it was a staircase, and lies on the disc', () => {
    const segments = maskContour(maskOf((x, y) => Math.hypot(x - 31, y - 33) < 20));
    const [loop = [], ...others] = smoothOutline(segments);
    expect(others).toEqual([]);
    const points = pointsOf(loop);
    expect(turning(points)).toBeLessThan(1.15 * 2 * Math.PI);
    for (const [x, y] of points) {
      expect(Math.abs(Math.hypot(x - 31, y - 33) - 20)).toBeLessThan(0.75);
    }
  });

  it('keeps holes and parts apart, and objects of a pixel or two', () => {
    const ring = (x: number, y: number): boolean =>
      Math.hypot(x - 20, y - 20) < 12 && Math.hypot(x - 20, y - 20) > 6;
    const loops = smoothOutline(
      maskContour(
        maskOf(
          (x, y) => ring(x, y) || Math.hypot(x - 48, y - 48) < 9 || (x > 60 && x < 61 && y > 4 && y < 5),
        ),
      ),
    );
    expect(loops).toHaveLength(4);
    const dot = loops.map(pointsOf).find((points) => points.every(([x]) => x > 58)) ?? [];
    expect(Math.max(...dot.map(([x]) => x)) - Math.min(...dot.map(([x]) => x))).toBeCloseTo(1, 5);
  });

  it('leaves what is cut off at the side of the image there', () => {
    const [loop = []] = smoothOutline(maskContour(maskOf((x) => x < 20)));
    const points = pointsOf(loop);
    expect(Math.min(...points.map(([x]) => x))).toBe(0);
    expect(Math.max(...points.map(([, y]) => y))).toBe(SIDE);
    expect(Math.max(...points.map(([x]) => x))).toBeCloseTo(20, 1);
  });

  it('of nothing is nothing', () => {
    expect(smoothOutline([])).toEqual([]);
  });
});
