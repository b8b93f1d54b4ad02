import { describe, expect, it } from 'vitest';
import { removeIslands } from '../../../main/engine/masks/components.ts';
import { dice, worstDice } from '../../../main/engine/masks/dice.ts';
import { boxMean, guidedFilter, prepareGuide } from '../../../main/engine/masks/guidedFilter.ts';
import { drawOverlay } from '../../../main/engine/masks/overlay.ts';
import { upsampleBilinear } from '../../../main/engine/masks/upsample.ts';

const owners = (...rows: string[]): Uint8Array => Uint8Array.from(rows.join(''), Number);

describe('bilinear upsampling', () => {
  it('has the values of torch interpolate, align_corners false', () => {
    // F.interpolate(torch.tensor([[[[0., 1.], [2., 3.]]]]), size=(4, 4), mode='bilinear')
    expect([...upsampleBilinear(Float32Array.of(0, 1, 2, 3), 2, 2, 4, 4)]).toEqual([
      0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3,
    ]);
  });
});

describe('worst Dice overlap', () => {
  it('compares maps binarised at their mean', () => {
    const maps = Float32Array.of(9, 9, 0, 0, 0, 9, 9, 0, 0, 0, 0, 9);
    expect(worstDice(maps, 3, 4)).toBeCloseTo(0.5, 6);
    expect(worstDice(maps.subarray(0, 4), 1, 4)).toBe(0);
    expect(dice(Uint8Array.of(0, 0), Uint8Array.of(0, 0))).toBe(0);
  });
});

describe('box mean', () => {
  it('equals the mean of the window cut at the border', () => {
    const [width, height, radius] = [7, 5, 2];
    const values = Float32Array.from({ length: width * height }, (_, i) => (i * 37) % 11);
    const out = boxMean(values, width, height, radius);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const seen: number[] = [];
        for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
          for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
            seen.push(values[v * width + u] ?? NaN);
          }
        }
        expect(out[y * width + x]).toBeCloseTo(seen.reduce((a, b) => a + b) / seen.length, 4);
      }
    }
  });
});

describe('guided filter', () => {
  const [width, height] = [32, 16];
  const image = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    Math.floor(i / 3) % width < 13 ? 30 : 220,
  );

  const all = { left: 0, top: 0, right: width, bottom: height };

  it('gives the same inside a region as for the whole map', () => {
    const guide = prepareGuide(image, width, height, 2, 1e-4);
    const map = Float32Array.from({ length: width * height }, (_, i) => ((i * 29) % 17) / 17);
    const whole = guidedFilter(guide, map, all);
    const region = { left: 9, top: 5, right: 17, bottom: 12 };
    guidedFilter(guide, map, region).forEach((value, p) => {
      const [x, y] = [p % width, Math.floor(p / width)];
      const inside = x >= region.left && x < region.right && y >= region.top && y < region.bottom;
      expect(value).toBeCloseTo(inside ? (whole[p] ?? NaN) : 0, 5);
    });
  });

  it('gives back a map that is linear in the image', () => {
    const map = Float32Array.from({ length: width * height }, (_, p) => (image[3 * p] ?? 0) / 255);
    const out = guidedFilter(prepareGuide(image, width, height, 4, 1e-6), map, all);
    out.forEach((value, p) => expect(value).toBeCloseTo(map[p] ?? NaN, 2));
  });

  it('moves a blurred edge to the edge of the image', () => {
    const ramp = Float32Array.from({ length: width * height }, (_, p) =>
      Math.min(1, Math.max(0, ((p % width) - 8) / 14)),
    );
    const out = guidedFilter(prepareGuide(image, width, height, 6, 1e-4), ramp, all);
    const row = out.subarray(8 * width, 9 * width);
    expect((row[13] ?? 0) - (row[12] ?? 0)).toBeGreaterThan(0.4);
    expect((ramp[13] ?? 0) - (ramp[12] ?? 0)).toBeLessThan(0.1);
  });
});

describe('islands and holes', () => {
  it('keeps the main body and large parts, drops islands, fills holes', () => {
    const map = owners('1110000', '1010020', '1110000', '0000001');
    removeIslands(map, 7, 4, 0.2, 0.2);
    expect(map).toEqual(owners('1110000', '1110020', '1110000', '0000000'));
    const parts = owners('1102', '1102', '0001');
    removeIslands(parts, 4, 3, 0.25, 0);
    expect(parts).toEqual(owners('1102', '1102', '0001'));
  });

  it('gives an island inside another owner to that owner', () => {
    const map = owners('2222211', '2212211', '2222211', '2222211');
    removeIslands(map, 7, 4, 0.2, 0);
    expect(map).toEqual(owners('2222211', '2222211', '2222211', '2222211'));
  });
});

describe('overlay', () => {
  it('tints masks, outlines them and draws the boxes', () => {
    const [width, height] = [8, 8];
    const owner = new Uint8Array(64);
    for (let y = 2; y < 6; y++) owner.fill(1, y * width + 2, y * width + 6);
    const image = new Uint8Array(64 * 3).fill(100);
    const out = drawOverlay({
      image,
      width,
      height,
      owner,
      boxes: [[0, 0, 1, 1]],
      colourOf: () => [200, 0, 0],
      tint: 0.5,
    });
    const pixel = (x: number, y: number): number[] => [
      ...out.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
    ];
    expect(pixel(3, 3)).toEqual([150, 50, 50, 255]);
    expect(pixel(2, 3)).toEqual([200, 0, 0, 255]);
    expect(pixel(1, 1)).toEqual([100, 100, 100, 255]);
    expect(pixel(0, 5)).toEqual([190, 10, 10, 255]);
  });
});
