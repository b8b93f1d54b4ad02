import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areaOfMask,
  areaOfRle,
  boxOfMask,
  decodeRle,
  encodeRle,
  iouOfBoxes,
  iouOfMasks,
  type PixelBox,
} from '../../../main/engine/masks/rle.ts';
import { UserError } from '../../../main/engine/errors.ts';

interface Fixture {
  cases: {
    name: string;
    width: number;
    height: number;
    rows: string | null;
    box: PixelBox | null;
    counts: string;
    area: number;
    bbox: PixelBox;
  }[];
  iou: { a: string; b: string; size: [number, number]; iou: number };
  boxes: [PixelBox, PixelBox];
  boxIou: number;
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/masks/rle.json', import.meta.url), 'utf8'),
) as Fixture;

function maskOf({ width, height, rows, box }: Fixture['cases'][number]): Uint8Array {
  if (rows !== null) return Uint8Array.from(rows, Number);
  const mask = new Uint8Array(width * height);
  const [x0, y0, w, h] = box ?? [0, 0, 0, 0];
  for (let y = y0; y < y0 + h; y++) mask.fill(1, y * width + x0, y * width + x0 + w);
  return mask;
}

describe('COCO RLE', () => {
  it.each(fixture.cases.map((each) => [each.name, each] as const))('as pycocotools: %s', (_name, each) => {
    const { width, height, counts, area, bbox } = each;
    const mask = maskOf(each);
    const rle = encodeRle(mask, width, height);
    expect(rle).toEqual({ size: [height, width], counts });
    expect(decodeRle(rle)).toEqual(mask);
    expect(areaOfRle(rle)).toBe(area);
    expect(areaOfMask(mask)).toBe(area);
    expect(boxOfMask(mask, width, height)).toEqual(area === 0 ? null : bbox);
  });

  it('measures IoU as pycocotools', () => {
    const [a, b] = [fixture.iou.a, fixture.iou.b].map((counts) =>
      decodeRle({ size: fixture.iou.size, counts }),
    );
    expect(iouOfMasks(a ?? new Uint8Array(), b ?? new Uint8Array())).toBeCloseTo(fixture.iou.iou, 12);
    expect(iouOfBoxes(...fixture.boxes)).toBeCloseTo(fixture.boxIou, 12);
  });

  it('gives every mask back', () => {
    const anyMask = fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
      .chain(([width, height]) =>
        fc.tuple(
          fc.constant(width),
          fc.constant(height),
          fc.uint8Array({ min: 0, max: 1, minLength: width * height, maxLength: width * height }),
        ),
      );
    fc.assert(
      fc.property(anyMask, ([width, height, mask]) => {
        const rle = encodeRle(mask, width, height);
        expect(decodeRle(rle)).toEqual(mask);
        expect(areaOfRle(rle)).toBe(areaOfMask(mask));
      }),
    );
  });

  it('refuses what is not RLE and never hangs or allocates on it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.nat(50), fc.nat(50), (counts, width, height) => {
        try {
          expect(decodeRle({ size: [height, width], counts })).toHaveLength(width * height);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
    expect(() => decodeRle({ size: [5, 7], counts: '0S2' })).toThrow(/do not add up to 7 x 5 = 35 pixels/);
    expect(() => decodeRle({ size: [5, 7], counts: 'oooooooo' })).toThrow(/not COCO run-length/);
    expect(() => decodeRle({ size: [1e9, 1e9], counts: '0' })).toThrow(/1000000000 x 1000000000/);
  });
});
