import { describe, expect, it } from 'vitest';
import { cutOut } from '../../main/bench/classifier.ts';

const [width, height] = [32, 24];
const shape = { side: 12, margin: 1.2 };

/** Red grows with x, green with y, so that a bilinear sample is the place it was taken from. */
const image = {
  width,
  height,
  data: Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const p = i % (width * height);
    const [x, y] = [(p % width) + 0.5, Math.floor(p / width) + 0.5];
    return i < width * height ? x : i < 2 * width * height ? y : 7;
  }),
};

const maskOf = (x0: number, y0: number, x1: number, y1: number) => ({
  width: width / 2,
  height: height / 2,
  data: Float32Array.from({ length: (width * height) / 4 }, (_, p) => {
    const [x, y] = [p % (width / 2), Math.floor(p / (width / 2))];
    return x >= x0 && x < x1 && y >= y0 && y < y1 ? 1 : 0;
  }),
});

describe('cutOut', () => {
  it('samples the square around the mask, with its margin', () => {
    // The mask's tight box is 10 x 6 pixels of the image, centred at (15, 13); the square's side is 12.
    const crop = cutOut(image, maskOf(5, 5, 10, 8), shape);
    const area = shape.side ** 2;
    for (let j = 0; j < shape.side; j++) {
      for (let i = 0; i < shape.side; i++) {
        const at = j * shape.side + i;
        expect(crop[at]).toBeCloseTo(15 - 6 + i + 0.5, 4);
        expect(crop[area + at]).toBeCloseTo(13 - 6 + j + 0.5, 4);
        expect(crop[2 * area + at]).toBeCloseTo(7, 4);
        const inside = Math.abs(i + 0.5 - 6) < 5 && Math.abs(j + 0.5 - 6) < 3;
        expect(crop[3 * area + at]).toBe(inside ? 1 : 0);
      }
    }
  });

  it('repeats the edges beyond the image', () => {
    const crop = cutOut(image, maskOf(0, 0, 5, 3), shape);
    expect(crop[0]).toBeCloseTo(0.5, 5);
    expect(crop[shape.side ** 2]).toBeCloseTo(0.5, 5);
  });
});
