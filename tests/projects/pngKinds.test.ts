import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodePng, toGrey, toRgba } from '../../main/projects/picture.ts';
import { makeChunk, PNG_SIGNATURE } from '../../main/projects/pngChunks.ts';

/** Made and read by Pillow and pypng: tests/fixtures/png/make_png.py. */
const kinds = z
  .array(
    z.object({
      name: z.string(),
      width: z.number(),
      height: z.number(),
      sha256: z.string(),
      png: z.base64(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../fixtures/png/kinds.json', import.meta.url), 'utf8')));

describe('PNGs of every kind give the pixels that Pillow reads', () => {
  it.each(kinds)('$name', ({ width, height, sha256, png }) => {
    const picture = decodePng(Buffer.from(png, 'base64'), 'a.png');
    expect([picture.width, picture.height]).toEqual([width, height]);
    expect(createHash('sha256').update(toRgba(picture)).digest('hex')).toBe(sha256);
  });
});

/** A PNG of one row, its header and rows as given. */
function png(header: number[], rows: number[], between: Buffer[] = []): Buffer {
  const [width = 0, depth = 0, colour = 0, compression = 0, filter = 0, interlace = 0] = header;
  const data = Buffer.from([0, 0, 0, width, 0, 0, 0, 1, depth, colour, compression, filter, interlace]);
  const pixels = makeChunk('IDAT', deflateSync(Buffer.from(rows)));
  return Buffer.concat([PNG_SIGNATURE, makeChunk('IHDR', data), ...between, pixels, makeChunk('IEND', Buffer.alloc(0))]); // prettier-ignore
}

describe('PNGs that are none', () => {
  it.each([
    ['a filter that does not exist', png([2, 8, 0], [5, 1, 2]), 'no filter has the number 5'],
    ['too few pixels', png([2, 8, 0], [0, 1]), 'its pixels do not fill its size'],
    ['a colour type that does not exist', png([2, 8, 5], [0, 1, 2]), 'no colour type 5 with 8 bits'],
    ['a depth that the colour does not have', png([2, 4, 2], [0, 1, 2]), 'no colour type 2 with 4 bits'],
    ['indices without a palette', png([2, 8, 3], [0, 1, 2]), 'its palette is missing'],
    [
      'half a palette',
      png([2, 8, 3], [0, 0, 0], [makeChunk('PLTE', Buffer.from([1, 2]))]),
      'its palette is damaged',
    ],
    ['an interlacing that does not exist', png([2, 8, 0, 0, 0, 2], [0, 1, 2]), 'its header is damaged'],
    ['more than its size holds', png([2, 8, 0], new Array<number>(1e6).fill(0)), 'cannot be unpacked'],
  ])('%s: one sentence', (_, bytes, words) => {
    expect(() => decodePng(bytes, 'a.png')).toThrow(
      new RegExp(`^a.png cannot be read as a picture: .*${words}`),
    );
  });
});

describe('the luminance of a picture', () => {
  // Image.new('RGB', (1, 1), colour).convert('L') of Pillow 13.0.0.
  it.each([
    [[255, 0, 0], 76],
    [[0, 255, 0], 150],
    [[0, 0, 255], 29],
    [[255, 255, 255], 255],
    [[200, 100, 50], 124],
  ])('%j is %i, as in Pillow', (colour, grey) => {
    const picture = { width: 1, height: 1, channels: 3 as const, data: Uint8Array.from(colour) };
    expect([...toGrey(picture)]).toEqual([grey]);
  });

  it('of what is transparent is dark', () => {
    const data = Uint8Array.from([255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 100]);
    expect([...toGrey({ width: 3, height: 1, channels: 4, data })]).toEqual([0, 255, 100]);
  });
});
