import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traceContours } from '../../../main/engine/masks/contours.ts';

/** Even-odd filling: a pixel is set when a ray from its centre to the left crosses the outlines an odd number of times. */
function fill(polygons: readonly number[][], width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (const polygon of polygons) {
    for (let i = 0; i < polygon.length; i += 2) {
      const [x, y0] = [polygon[i] ?? NaN, polygon[i + 1] ?? NaN];
      const next = (i + 2) % polygon.length;
      const [nextX, y1] = [polygon[next] ?? NaN, polygon[next + 1] ?? NaN];
      expect(x === nextX || y0 === y1).toBe(true);
      for (let y = Math.min(y0, y1); y < Math.max(y0, y1); y++) {
        for (let column = x; column < width; column++)
          mask[y * width + column] = 1 - (mask[y * width + column] ?? 0);
      }
    }
  }
  return mask;
}

const parse = (...rows: string[]): [Uint8Array, number, number] => [
  Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)),
  rows[0]?.length ?? 0,
  rows.length,
];

describe('contours', () => {
  it('draws a rectangle with four corners', () => {
    expect(traceContours(...parse('....', '.##.', '.##.'))).toEqual([[1, 1, 3, 1, 3, 3, 1, 3]]);
  });

  it('gives nothing for an empty mask and one polygon per body', () => {
    expect(traceContours(...parse('...', '...'))).toEqual([]);
    expect(traceContours(...parse('#..', '.#.', '#..'))).toHaveLength(3);
  });

  it('joins a hole by a cut of no width', () => {
    const ring = parse('#####', '#####', '##.##', '#####');
    const [polygon, ...others] = traceContours(...ring);
    expect(others).toEqual([]);
    expect(polygon).toEqual([0, 0, 5, 0, 5, 4, 0, 4, 0, 3, 2, 3, 3, 3, 3, 2, 2, 2, 2, 3, 0, 3]);
    expect(fill([polygon ?? []], ring[1], ring[2])).toEqual(ring[0]);
  });

  it('keeps a body inside a hole apart', () => {
    const nested = parse('#######', '#.....#', '#.###.#', '#.#.#.#', '#.###.#', '#.....#', '#######');
    const polygons = traceContours(...nested);
    expect(polygons).toHaveLength(2);
    expect(fill(polygons, nested[1], nested[2])).toEqual(nested[0]);
    // Each outline alone holds its own body only.
    const sizes = polygons.map((polygon) => fill([polygon], nested[1], nested[2]).reduce((a, b) => a + b, 0));
    expect(sizes).toEqual([24, 8]);
  });

  it('gives every mask back when filled, one polygon per edge-connected body', () => {
    const anyMask = fc
      .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }))
      .chain(([width, height]) =>
        fc.tuple(
          fc.constant(width),
          fc.constant(height),
          fc.array(fc.integer({ min: 0, max: 3 }), { minLength: width * height, maxLength: width * height }),
        ),
      );
    fc.assert(
      fc.property(anyMask, fc.boolean(), ([width, height, values], dense) => {
        const mask = Uint8Array.from(values, (v) => (dense ? Number(v > 0) : Number(v > 1)));
        const polygons = traceContours(mask, width, height);
        expect(fill(polygons, width, height)).toEqual(mask);
        expect(polygons).toHaveLength(countBodies(mask, width, height));
      }),
      { numRuns: 400 },
    );
  });
});

/** Bodies connected by edges, by repeated spreading of the smallest label. */
function countBodies(mask: Uint8Array, width: number, height: number): number {
  const label = Array.from(mask, (v, i) => (v ? i : -1));
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < label.length; i++) {
      const x = i % width;
      const near = [
        x > 0 ? i - 1 : -1,
        x < width - 1 ? i + 1 : -1,
        i - width,
        i < (height - 1) * width ? i + width : -1,
      ];
      for (const j of near) {
        const [a, b] = [label[i] ?? -1, label[j] ?? -1];
        if (a >= 0 && b >= 0 && b < a) {
          label[i] = b;
          changed = true;
        }
      }
    }
  }
  return new Set(label.filter((l) => l >= 0)).size;
}
