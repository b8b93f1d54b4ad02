import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from 'fast-png';
import { pictureSize } from '../../../renderer/run/pictureSize.ts';
import { middleOf } from '../../../renderer/run/scaledPicture.ts';

/** A JPEG up to its frame header: SOI, APP1 of some length, fill bytes, a table, SOF. */
function jpeg(width: number, height: number, frame = 0xc0): Uint8Array {
  const app = [0xff, 0xe1, 0x00, 0x06, 0xff, 0xc0, 0x00, 0x00];
  const table = [0xff, 0xff, 0xff, 0xc4, 0x00, 0x03, 0x01];
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  return Uint8Array.from([0xff, 0xd8, ...app, ...table, 0xff, frame, 0x00, 0x11, 0x08, ...size, 3, 0, 0, 0]);
}

describe('the size in a picture’s header', () => {
  it('is read of PNGs and JPEGs', () => {
    const png = encode({ width: 3, height: 2, channels: 1, data: new Uint8Array(6) });
    expect(pictureSize(png)).toEqual({ width: 3, height: 2 });
    expect(pictureSize(jpeg(640, 480))).toEqual({ width: 640, height: 480 });
    expect(pictureSize(jpeg(65_535, 65_535, 0xc2))).toEqual({ width: 65_535, height: 65_535 });
  });

  it('is null for other and damaged files', () => {
    const png = encode({ width: 3, height: 2, channels: 1, data: new Uint8Array(6) });
    const broken = [
      new Uint8Array(),
      png.subarray(0, 20),
      jpeg(640, 480).subarray(0, 22),
      jpeg(0, 480),
      new TextEncoder().encode('GIF89a and more than that'),
      // A segment of no length, and pixels before a header.
      Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, 0, 0, 0, 0, 0, 0, 0]),
      Uint8Array.from([0xff, 0xd8, 0xff, 0xda, 0, 4, 0, 0, 0, 0, 0, 0]),
    ];
    for (const bytes of broken) expect(pictureSize(bytes)).toBeNull();
  });

  it('is found or not, whatever follows a JPEG’s beginning, without end or error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const size = pictureSize(Uint8Array.from([0xff, 0xd8, ...rest]));
        expect(size === null || (size.width > 0 && size.height > 0)).toBe(true);
      }),
    );
  });
});

it('the middle of a picture has the layout’s proportions and touches two of its edges', () => {
  expect(middleOf({ width: 400, height: 100 }, { width: 512, height: 512 })).toEqual({
    x: 150,
    y: 0,
    width: 100,
    height: 100,
  });
  expect(middleOf({ width: 100, height: 300 }, { width: 64, height: 32 })).toEqual({
    x: 0,
    y: 125,
    width: 100,
    height: 50,
  });
});
