import { deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asciiJson,
  embedRequest,
  readEmbeddedRequest,
  REQUEST_KEYWORD,
} from '../../main/projects/embeddedRequest.ts';
import { decodePng, encodePng, shrink, toRgba } from '../../main/projects/picture.ts';
import { makeChunk, PNG_SIGNATURE, pngChunks } from '../../main/projects/pngChunks.ts';
import { UserError } from '../../main/engine/errors.ts';
import { sampleRun } from './samples.ts';

const { image, result } = sampleRun();
const embedded = { version: 1 as const, request: result.request };
const png = embedRequest(image, embedded);

/** A PNG with a text chunk of any content. */
function withText(text: string): Buffer {
  const header = image.subarray(0, 33);
  return Buffer.concat([header, makeChunk('tEXt', Buffer.from(text, 'latin1')), image.subarray(33)]);
}

const bomb = (width: number, height: number, bytes: number): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc(bytes));
  return Buffer.concat([
    PNG_SIGNATURE,
    makeChunk('IHDR', header),
    makeChunk('IDAT', data),
    makeChunk('IEND', Buffer.alloc(0)),
  ]);
};

describe('embedRequest', () => {
  it('gives the request back and leaves the picture’s bytes alone', () => {
    expect(readEmbeddedRequest(png, 'a.png')).toEqual(embedded);
    expect(decodePng(png, 'a.png')).toEqual(decodePng(image, 'b.png'));
    const pixels = (file: Uint8Array): Buffer[] =>
      [...pngChunks(file)].filter(({ type }) => type === 'IDAT').map(({ data }) => data);
    expect(pixels(png)).toEqual(pixels(image));
  });

  it('replaces a request that is there', () => {
    const other = { ...embedded, request: { ...result.request, seed: 99 } };
    const twice = embedRequest(png, other);
    expect(readEmbeddedRequest(twice, 'a.png')).toEqual(other);
    expect([...pngChunks(twice)].filter(({ type }) => type === 'tEXt')).toHaveLength(1);
  });

  it('writes ASCII whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = asciiJson({ text });
        expect(json).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });

  it('survives a rewrite by another PNG program that keeps text', () => {
    const rewritten = encode({
      ...decodePng(png, 'a.png'),
      text: { [REQUEST_KEYWORD]: asciiJson(embedded), Software: 'x' },
    });
    expect(readEmbeddedRequest(rewritten, 'a.png')).toEqual(embedded);
  });
});

describe('readEmbeddedRequest', () => {
  it('reads the request of a file whose pixels are cut off', () => {
    expect(readEmbeddedRequest(png.subarray(0, png.length - 100), 'a.png')).toEqual(embedded);
  });

  it.each([
    ['no PNG', Buffer.from('GIF89a'), /a.png holds no layout.*The file is not a PNG/],
    ['nothing', Buffer.alloc(0), /holds no layout/],
    ['another program’s PNG', image, /a.png holds no layout: only PNG files made by ISAC Studio do/],
    ['another keyword', withText('prompt\0{}'), /holds no layout/],
    ['no JSON', withText(`${REQUEST_KEYWORD}\0{"a`), /its request is not JSON/],
    [
      'another shape',
      withText(`${REQUEST_KEYWORD}\0{"version":1,"request":{"version":1}}`),
      /cannot be used: request.model/,
    ],
    [
      'a newer version',
      withText(`${REQUEST_KEYWORD}\0{"version":2}`),
      /newer ISAC Studio \(request version 2\)/,
    ],
    ['too much', withText(`${REQUEST_KEYWORD}\0${' '.repeat(2 ** 21)}`), /at most 1048576 are read/],
    ['a wrong check sum', Buffer.from(png).fill(0x41, 60, 64), /is damaged: the check sum of its "tEXt"/],
    [
      'a length beyond the file',
      Buffer.concat([PNG_SIGNATURE, Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from('tEXtxxxxxxxx')]),
      /cut off/,
    ],
  ])('refuses a file with %s', (_, file, words) => {
    expect(() => readEmbeddedRequest(file, 'a.png')).toThrow(UserError);
    expect(() => readEmbeddedRequest(file, 'a.png')).toThrow(words);
  });

  it('throws nothing but UserError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(png.length), (noise, at) => {
        const file = Uint8Array.from(png);
        file.set(noise.subarray(0, Math.max(0, file.length - at)), at);
        try {
          readEmbeddedRequest(file, 'a.png');
          decodePng(file, 'a.png');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never unpacks pixels: theirs may be anything', () => {
    const header = image.subarray(0, 33);
    const rubbish = [makeChunk('IDAT', Buffer.alloc(1000, 0x5a)), makeChunk('IEND', Buffer.alloc(0))];
    const file = embedRequest(Buffer.concat([header, ...rubbish]), embedded);
    expect(() => decodePng(file, 'a.png')).toThrow(UserError);
    expect(readEmbeddedRequest(file, 'a.png')).toEqual(embedded);
  });
});

describe('decodePng', () => {
  it('refuses pictures that unpack to more than their size', () => {
    expect(() => decodePng(bomb(64, 64, 128 * 2 ** 20), 'bomb.png')).toThrow(
      /bomb.png cannot be read as a picture: its pixels cannot be unpacked/,
    );
    expect(() => decodePng(bomb(60_000, 60_000, 100), 'bomb.png')).toThrow(/its size is 60000 x 60000/);
    expect(() => decodePng(bomb(64, 64, 10), 'short.png')).toThrow(UserError);
  });

  it.each([
    ['grey', { channels: 1, data: Uint8Array.of(0, 255, 10, 20) }, [0, 0, 0, 255]],
    ['grey with alpha', { channels: 2, data: Uint8Array.of(9, 128, 1, 2, 3, 4, 5, 6) }, [9, 9, 9, 128]],
    ['RGBA', { channels: 4, data: Uint8Array.from({ length: 16 }, (_, at) => at) }, [0, 1, 2, 3]],
    [
      '16 bits',
      { channels: 3, depth: 16, data: Uint16Array.from({ length: 12 }, () => 0x8040) },
      [128, 128, 128, 255],
    ],
    ['1 bit', { channels: 1, depth: 1, data: Uint8Array.of(0b10000000, 0b01000000) }, [255, 255, 255, 255]],
  ] as const)('reads %s', (_, image, first) => {
    const picture = decodePng(encode({ width: 2, height: 2, ...image }), 'x.png');
    expect([...toRgba(picture).subarray(0, 4)]).toEqual(first);
  });

  it('reads back what encodePng wrote and shrinks by averaging', () => {
    const picture = {
      width: 4,
      height: 2,
      channels: 1 as const,
      data: Uint8Array.of(0, 100, 10, 10, 100, 200, 10, 10),
    };
    expect(decodePng(encodePng(picture), 'x.png')).toEqual(picture);
    expect(shrink(picture, 2)).toEqual({ width: 2, height: 1, channels: 1, data: Uint8Array.of(100, 10) });
    expect(shrink(picture, 100)).toBe(picture);
  });
});
