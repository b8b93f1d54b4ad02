import { describe, expect, it } from 'vitest';
import { fitText } from '../../../renderer/canvas/label.ts';
import { maskContour } from '../../../renderer/canvas/maskContour.ts';
import { maskBytes, maskValueAt, tintMask } from '../../../renderer/canvas/maskPixels.ts';
import type { MaskBytes } from '../../../renderer/canvas/maskPixels.ts';
import { toScreenRect } from '../../../renderer/canvas/screenRect.ts';

function maskOf(width: number, height: number, value: (x: number, y: number) => number): MaskBytes {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rgba.fill(value(x, y), (y * width + x) * 4, (y * width + x) * 4 + 3);
      rgba[(y * width + x) * 4 + 3] = 255;
    }
  }
  return maskBytes(rgba, width, height);
}

/** Segments as pairs of points; each point must be the end of exactly two segments. */
function endsMeet(segments: readonly number[]): boolean {
  const ends = new Map<string, number>();
  for (let at = 0; at < segments.length; at += 2) {
    const key = `${(segments[at] ?? 0).toFixed(9)},${(segments[at + 1] ?? 0).toFixed(9)}`;
    ends.set(key, (ends.get(key) ?? 0) + 1);
  }
  return [...ends.values()].every((count) => count % 2 === 0);
}

function lengthOf(segments: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < segments.length; at += 4) {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = segments.slice(at, at + 4);
    sum += Math.hypot(x1 - x0, y1 - y0);
  }
  return sum;
}

describe('mask pixels', () => {
  it('are tinted with the grey as alpha', () => {
    const grey = new Uint8ClampedArray([0, 0, 0, 255, 200, 200, 200, 255]);
    expect([...tintMask(grey, [1, 2, 3])]).toEqual([1, 2, 3, 0, 1, 2, 3, 200]);
  });

  it('are read by shares of the image, and are nothing outside of it', () => {
    const mask = maskOf(4, 2, (x, y) => x * 10 + y);
    expect(maskValueAt(mask, 0.99, 0.99)).toBe(31);
    expect(maskValueAt(mask, 0, 0)).toBe(0);
    expect(maskValueAt(mask, 0.5, 0.5)).toBe(21);
    expect(maskValueAt(mask, 1, 0.5)).toBe(0);
    expect(maskValueAt(mask, -0.01, 0.5)).toBe(0);
  });
});

describe('the outline of a mask', () => {
  it('of a disc is closed and as long as its circle', () => {
    const disc = maskOf(200, 200, (x, y) => {
      const edge = 60 - Math.hypot(x - 99.5, y - 99.5);
      return Math.min(255, Math.max(0, 127.5 + edge * 127.5));
    });
    const segments = maskContour(disc);
    expect(endsMeet(segments)).toBe(true);
    expect(lengthOf(segments)).toBeCloseTo((2 * Math.PI * 60) / 200, 2);
  });

  it('of an empty mask is nothing, of a full one the frame of the image', () => {
    expect(maskContour(maskOf(8, 8, () => 0))).toEqual([]);
    const full = maskContour(maskOf(8, 8, () => 255));
    expect(lengthOf(full)).toBeGreaterThan(3.5);
    expect(full.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('of any noise is closed', () => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed / 2147483648;
    };
    // A ring of zeros: at the very side the outline is cut off at the image.
    const noise = maskOf(32, 32, (x, y) => (x % 31 === 0 || y % 31 === 0 ? 0 : random() * 255));
    const segments = maskContour(noise);
    expect(segments.length).toBeGreaterThan(400);
    expect(endsMeet(segments)).toBe(true);
  });
});

describe('labels', () => {
  const measure = (text: string): number => [...text].length * 7;

  it('stay whole when they fit, else end in an ellipsis that fits', () => {
    expect(fitText('sheep', 100, measure)).toBe('sheep');
    expect(fitText('brown dog', 50, measure)).toBe('brown…');
    expect(fitText('brown dog', 56, measure)).toBe('brown d…');
    expect(fitText('brown dog', 10, measure)).toBeNull();
    expect(fitText('👩‍🚀👩‍🚀', 13.9, measure)).toBeNull();
  });
});

it('boxes lie on whole pixels of the screen and never vanish', () => {
  const image = { width: 512, height: 512 };
  expect(toScreenRect([0.25, 0.25, 0.5, 0.75], { zoom: 1.5, x: 10.3, y: -4.2 }, image)).toEqual({
    x: 202,
    y: 188,
    width: 192,
    height: 384,
  });
  expect(toScreenRect([0.5, 0.5, 0.5001, 0.5001], { zoom: 0.1, x: 0, y: 0 }, image)).toMatchObject({
    width: 1,
    height: 1,
  });
});
