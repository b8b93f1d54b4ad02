import { describe, expect, it } from 'vitest';
import { cutBox, withoutTwins, type InBox } from '../../main/bench/prompted.ts';
import type { Box } from '../../preload/contract/layout.ts';

const size = 40;
const shape = { side: 16, margin: 1.5 };
const area = shape.side ** 2;

/** Red grows with x, green with y, so that a bilinear sample is the place it was taken from. */
const image = {
  width: size,
  height: size,
  data: Float32Array.from({ length: 3 * size * size }, (_, i) => {
    const p = i % (size * size);
    return i < size * size ? (p % size) + 0.5 : i < 2 * size * size ? Math.floor(p / size) + 0.5 : 7;
  }),
};

describe('cutBox', () => {
  const box: Box = [0.4, 0.45, 0.6, 0.55];
  const other: Box = [0.5, 0.2, 0.9, 0.5];

  it('samples the square around the box, and says where it and the others lie', () => {
    // The square is 0.3 a side around (0.5, 0.5): 12 pixels from (14, 14), 0.75 pixels a sample.
    const crop = cutBox(image, [other, box], 1, shape);
    for (let at = 0; at < area; at++) {
      const [x, y] = [14 + 0.75 * ((at % 16) + 0.5), 14 + 0.75 * (Math.floor(at / 16) + 0.5)];
      expect(crop[at]).toBeCloseTo(x, 3);
      expect(crop[area + at]).toBeCloseTo(y, 3);
      expect(crop[3 * area + at]).toBe(x >= 16 && x <= 24 && y >= 18 && y <= 22 ? 1 : 0);
      expect(crop[4 * area + at]).toBe(x >= 20 && y <= 20 ? 1 : 0);
    }
  });

  it('repeats the edges beyond the image', () => {
    expect(cutBox(image, [[0, 0, 0.2, 0.2]], 0, shape)[0]).toBeCloseTo(0.5, 4);
  });
});

describe('withoutTwins', () => {
  const seen = (presence: number, from: number, to: number): InBox => {
    const mask = Uint8Array.from({ length: 20 }, (_, p) => (p >= from && p < to ? 1 : 0));
    return { mask, area: to - from, presence };
  };

  it('leaves an object that two boxes show to the one that is surer of it', () => {
    const [weak, strong, beside] = [seen(1, 0, 10), seen(2, 1, 10), seen(1, 8, 20)];
    expect(withoutTwins([weak, strong, null, beside])).toEqual([null, strong, null, beside]);
    expect(withoutTwins([seen(1, 0, 10), seen(1, 0, 10)])).toEqual([seen(1, 0, 10), null]);
  });
});
