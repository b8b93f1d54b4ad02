import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../preload/contract/layout.ts';
import { boxSchema } from '../../../preload/contract/layout.ts';
import {
  fitViewport,
  screenPoint,
  screenToShare,
  sharePoint,
  shareToScreen,
  zoomAt,
} from '../../../renderer/editor/coordinates.ts';
import { align, alignments, axes, distribute } from '../../../renderer/editor/geometry/arrange.ts';
import {
  area,
  bounds,
  clampMove,
  height,
  iou,
  tidyBox,
  translate,
  width,
} from '../../../renderer/editor/geometry/rect.ts';
import {
  applyScaling,
  handleSign,
  handles,
  resizeScaling,
} from '../../../renderer/editor/geometry/resize.ts';
import { uniform } from './helpers.ts';
import { guidesFor, snapLines, snapShift } from '../../../renderer/editor/geometry/snap.ts';

/** Six decimals are kept. */
const EPS = 2.1e-6;

const share = uniform(0, 1);
/** Boxes as the document holds them: at least 0.004 wide and high, six decimals. */
const box = fc
  .tuple(share, share, uniform(0.004, 1), uniform(0.004, 1))
  .map(([x, y, w, h]): Box => tidyBox([x * (1 - w), y * (1 - h), x * (1 - w) + w, y * (1 - h) + h]));
const smallBox = fc
  .tuple(share, share)
  .map(([x, y]): Box => tidyBox([x * 0.9, y * 0.9, x * 0.9 + 0.1, y * 0.9 + 0.1]));
const boxes = fc.array(box, { minLength: 1, maxLength: 8 });
const delta = uniform(-2, 2);

const valid = (one: Box): boolean => boxSchema.safeParse(one).success;

describe('iou', () => {
  it('is symmetric, within 0..1, and 1 only with itself', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const value = iou(a, b);
        expect(value).toBe(iou(b, a));
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(iou(a, a)).toBeCloseTo(1, 10);
      }),
    );
  });

  it('agrees with counting cells of a fine grid', () => {
    const a: Box = [0.1, 0.2, 0.5, 0.6];
    const b: Box = [0.3, 0.4, 0.9, 0.8];
    let both = 0;
    let either = 0;
    for (let i = 0; i < 200; i += 1) {
      for (let j = 0; j < 200; j += 1) {
        const x = (i + 0.5) / 200;
        const y = (j + 0.5) / 200;
        const inside = ([x0, y0, x1, y1]: Box): boolean => x > x0 && x < x1 && y > y0 && y < y1;
        both += inside(a) && inside(b) ? 1 : 0;
        either += inside(a) || inside(b) ? 1 : 0;
      }
    }
    expect(iou(a, b)).toBeCloseTo(both / either, 10);
  });
});

describe('moving', () => {
  it('keeps a box inside the image and its size to the sixth decimal', () => {
    fc.assert(
      fc.property(box, delta, delta, (one, dx, dy) => {
        const move = clampMove(one, dx, dy);
        const moved = translate(one, move.dx, move.dy);
        expect(valid(moved)).toBe(true);
        expect(Math.abs(width(moved) - width(one))).toBeLessThan(EPS);
        expect(Math.abs(height(moved) - height(one))).toBeLessThan(EPS);
      }),
    );
  });

  it('moves as far as asked when there is room', () => {
    expect(translate([0.25, 0.25, 0.5, 0.5], 0.125, -0.125)).toEqual([0.375, 0.125, 0.625, 0.375]);
  });
});

describe('resizing', () => {
  const options = { keepAspect: false, minWidth: 0.01, minHeight: 0.01 };

  it('moves only the edges of the handle, stays in the image and keeps the smallest size', () => {
    fc.assert(
      fc.property(box, fc.constantFrom(...handles), delta, delta, (one, handle, x, y) => {
        const result = applyScaling(one, resizeScaling(one, handle, sharePoint(x, y), options));
        expect(valid(result)).toBe(true);
        const sign = handleSign(handle);
        if (sign.x !== -1) {
          expect(result[0]).toBe(one[0]);
        }
        if (sign.x !== 1) {
          expect(result[2]).toBe(one[2]);
        }
        if (sign.y !== -1) {
          expect(result[1]).toBe(one[1]);
        }
        if (sign.y !== 1) {
          expect(result[3]).toBe(one[3]);
        }
        expect(width(result)).toBeGreaterThan(Math.min(0.01, width(one)) - EPS);
        expect(height(result)).toBeGreaterThan(Math.min(0.01, height(one)) - EPS);
      }),
    );
  });

  it('brings the edge to the target when that is inside the image', () => {
    fc.assert(
      fc.property(box, uniform(0, 1), (one, t) => {
        const x = one[0] + 0.01 + t * (1 - one[0] - 0.01);
        fc.pre(x <= 1);
        const result = applyScaling(one, resizeScaling(one, 'e', sharePoint(x, 0), options));
        expect(Math.abs(result[2] - x)).toBeLessThan(EPS);
      }),
    );
  });

  it('keeps the ratio of the sides with every handle', () => {
    fc.assert(
      fc.property(box, fc.constantFrom(...handles), delta, delta, (one, handle, x, y) => {
        fc.pre(width(one) > 0.05 && height(one) > 0.05);
        const scaling = resizeScaling(one, handle, sharePoint(x, y), { ...options, keepAspect: true });
        const result = applyScaling(one, scaling);
        expect(valid(result)).toBe(true);
        expect(scaling.scaleX).toBe(scaling.scaleY);
        expect(Math.abs(width(result) * height(one) - height(result) * width(one))).toBeLessThan(2 * EPS);
      }),
    );
  });

  it('scales several boxes about one point, all of them inside the image', () => {
    fc.assert(
      fc.property(boxes, fc.constantFrom(...handles), delta, delta, (several, handle, x, y) => {
        const frame = bounds(several) ?? [0, 0, 1, 1];
        const smallest = {
          width: Math.min(...several.map(width)),
          height: Math.min(...several.map(height)),
        };
        const scaling = resizeScaling(frame, handle, sharePoint(x, y), options, smallest);
        const result = several.map((one) => applyScaling(one, scaling));
        expect(result.every(valid)).toBe(true);
        const expected = applyScaling(frame, scaling);
        (bounds(result) ?? [2, 2, 2, 2]).forEach((edge, index) => {
          expect(Math.abs(edge - (expected[index] ?? 3))).toBeLessThan(EPS);
        });
      }),
    );
  });
});

describe('arranging', () => {
  it('aligning keeps sizes and the frame, and a second time changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(box, { minLength: 2, maxLength: 8 }),
        fc.constantFrom(...alignments),
        (several, how) => {
          const once = align(several, how);
          const frame = bounds(several) ?? [0, 0, 0, 0];
          once.forEach((one, index) => {
            expect(valid(one)).toBe(true);
            const before = several[index] ?? one;
            expect(Math.abs(area(one) - area(before))).toBeLessThan(3 * EPS);
            expect(one[0]).toBeGreaterThan(frame[0] - EPS);
            expect(one[3]).toBeLessThan(frame[3] + EPS);
          });
          align(once, how).forEach((one, index) => {
            one.forEach((edge, side) =>
              expect(Math.abs(edge - (once[index]?.[side] ?? 2))).toBeLessThan(EPS),
            );
          });
        },
      ),
    );
  });

  it('aligns each edge where it says', () => {
    const several: Box[] = [
      [0.1, 0.1, 0.3, 0.2],
      [0.4, 0.5, 0.8, 0.9],
    ];
    expect(align(several, 'left').map((one) => one[0])).toEqual([0.1, 0.1]);
    expect(align(several, 'right').map((one) => one[2])).toEqual([0.8, 0.8]);
    expect(align(several, 'top').map((one) => one[1])).toEqual([0.1, 0.1]);
    expect(align(several, 'bottom').map((one) => one[3])).toEqual([0.9, 0.9]);
    expect(align(several, 'centre')[0]).toEqual([0.35, 0.1, 0.55, 0.2]);
    expect(align(several, 'middle')[0]).toEqual([0.1, 0.45, 0.3, 0.55]);
  });

  it('aligns a single box within the image', () => {
    expect(align([[0.1, 0.1, 0.3, 0.2]], 'right')).toEqual([[0.8, 0.1, 1, 0.2]]);
  });

  it('distributing makes the gaps equal and keeps the frame', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(box, smallBox), { minLength: 3, maxLength: 6 }),
        fc.constantFrom(...axes),
        (several, axis) => {
          const result = distribute(several, axis);
          const low = axis === 'horizontal' ? 0 : 1;
          const high = axis === 'horizontal' ? 2 : 3;
          const order = several
            .map((one, index) => ({ centre: one[low] + one[high], index }))
            .sort((a, b) => a.centre - b.centre || a.index - b.index);
          const row = order.map(({ index }): Box => result[index] ?? [0, 0, 0, 0]);
          const frame = bounds(several) ?? [0, 0, 0, 0];
          const total = several.reduce((sum, one) => sum + one[high] - one[low], 0);
          if (total <= frame[high] - frame[low]) {
            const gaps = row.slice(1).map((one, index) => one[low] - (row[index]?.[high] ?? 2));
            gaps.forEach((gap) => expect(Math.abs(gap - (gaps[0] ?? 2))).toBeLessThan(3 * EPS));
          }
          result.forEach((one, index) => {
            const was = several[index] ?? one;
            expect(Math.abs(one[high] - one[low] - was[high] + was[low])).toBeLessThan(EPS);
          });
          expect(result.every(valid)).toBe(true);
          const before = bounds(several) ?? [0, 0, 0, 0];
          const after = bounds(result) ?? [2, 2, 2, 2];
          expect(after[low]).toBeGreaterThan(before[low] - EPS);
          expect(after[high]).toBeLessThan(before[high] + EPS);
        },
      ),
    );
  });
});

describe('snapping', () => {
  it('finds the nearest line within reach, and nothing beyond', () => {
    fc.assert(
      fc.property(boxes, share, uniform(0.001, 0.1), (several, at, reach) => {
        const lines = snapLines(several);
        const shift = snapShift(lines, 'x', [at], reach);
        const distances = lines.filter(({ axis }) => axis === 'x').map((line) => Math.abs(line.at - at));
        const nearest = Math.min(...distances);
        if (shift === null) {
          expect(nearest).toBeGreaterThan(reach);
        } else {
          expect(Math.abs(shift)).toBe(nearest);
          expect(nearest).toBeLessThanOrEqual(reach);
        }
      }),
    );
  });

  it('draws guides that reach both boxes, only along the axes asked for', () => {
    const lines = snapLines([[0.1, 0.1, 0.3, 0.3]]);
    const guides = guidesFor(lines, [0.1, 0.6, 0.25, 0.8], { x: true, y: true });
    expect(guides).toEqual([{ axis: 'x', at: 0.1, from: 0.1, to: 0.8 }]);
    expect(guidesFor(lines, [0.1, 0.6, 0.25, 0.8], { x: false, y: true })).toEqual([]);
  });
});

describe('viewport', () => {
  const image = { width: 768, height: 512 };
  const view = fc.record({
    zoom: uniform(0.05, 64),
    x: uniform(-5000, 5000),
    y: uniform(-5000, 5000),
  });

  it('shares and screen are each other’s inverse', () => {
    fc.assert(
      fc.property(view, share, share, (viewport, x, y) => {
        const back = screenToShare(shareToScreen(sharePoint(x, y), viewport, image), viewport, image);
        expect(back.x).toBeCloseTo(x, 6);
        expect(back.y).toBeCloseTo(y, 6);
      }),
    );
  });

  it('zooming keeps what is under the pointer', () => {
    const pixel = uniform(0, 1000);
    fc.assert(
      fc.property(view, pixel, pixel, uniform(0.01, 100), (viewport, x, y, zoom) => {
        const at = screenPoint(x, y);
        const before = screenToShare(at, viewport, image);
        const after = shareToScreen(before, zoomAt(viewport, at, zoom), image);
        expect(Math.hypot(after.x - x, after.y - y)).toBeLessThan(1e-5);
      }),
    );
  });

  it('fits the whole image into the canvas with its margin', () => {
    const viewport = fitViewport({ width: 832, height: 1000 }, image, 32);
    expect(viewport.zoom).toBe(1);
    expect(shareToScreen(sharePoint(0, 0), viewport, image)).toEqual({ x: 32, y: 244 });
    expect(shareToScreen(sharePoint(1, 1), viewport, image)).toEqual({ x: 800, y: 756 });
  });
});
