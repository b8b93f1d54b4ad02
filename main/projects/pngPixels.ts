import { BOUNDS } from '../files/bounds.ts';
import { inflateSync } from 'node:zlib';
import { messageOf, UserError } from '../engine/errors.ts';
import { pngChunks } from './pngChunks.ts';

/** The largest picture that is decoded. */
const MAX_PIXELS = BOUNDS.png.pixels;

/** Samples a pixel and bits a sample that PNG's colour types have (W3C PNG 3rd edition, table 12). */
const COLOURS: Readonly<
  Record<number, { readonly samples: 1 | 2 | 3 | 4; readonly depths: readonly number[] }>
> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** Adam7: first column and row of a pass and its steps (section 8.1). */
const ADAM7 = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
] as const;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  /** Samples a pixel. */
  readonly samples: 1 | 2 | 3 | 4;
  readonly interlaced: boolean;
}

/** A PNG's samples as the file holds them, with what they mean. */
export interface PngPixels extends Header {
  /**
   * Row-major, `samples` a pixel, 0 to 2^depth - 1: grey, RGB, palette index, grey and alpha, or RGBA, by `colour`
   * 0, 2, 3, 4 and 6.
   */
  readonly values: Uint8Array | Uint16Array;
  /** RGB triples of colour type 3; empty for the others, where a palette is a hint only. */
  readonly palette: Uint8Array;
  /** tRNS: alphas of the first palette entries, or the one grey or RGB that is transparent; null without. */
  readonly transparent: readonly number[] | null;
}

/**
 * Reads every kind of PNG: each colour type and depth, interlaced or not.
 *
 * @throws UserError naming what is wrong with it: not a whole PNG, over 2048 x 2048 pixels, damaged
 */
export function readPng(png: Uint8Array): PngPixels {
  const parts: Buffer[] = [];
  let header: Header | null = null;
  let palette = new Uint8Array();
  let trns: Buffer | null = null;
  for (const { type, data } of pngChunks(png)) {
    if (header === null) {
      if (type !== 'IHDR') throw new UserError('its header is missing.');
      header = readHeader(data);
    }
    if (type === 'IDAT') parts.push(data);
    if (type === 'tRNS') trns = data;
    if (type !== 'PLTE' || header.colour !== 3) continue;
    if (data.length % 3 !== 0) throw new UserError('its palette is damaged.');
    palette = Uint8Array.from(data);
  }
  if (header === null) throw new UserError('its header is missing.');
  if (header.colour === 3 && palette.length === 0) throw new UserError('its palette is missing.');
  const values = readSamples(unpack(parts, header), header);
  return { ...header, values, palette, transparent: trns && readTransparency(trns, header.colour) };
}

function readHeader(data: Buffer): Header {
  if (data.length !== 13) throw new UserError('its header is damaged.');
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  if (width < 1 || height < 1 || width * height > MAX_PIXELS) {
    throw new UserError(
      `its size is ${width} x ${height}; at most ${MAX_PIXELS} pixels (2048 x 2048) are read, make it smaller.`,
    );
  }
  const [depth = 0, colour = 0, compression, filter, interlace] = data.subarray(8);
  const known = COLOURS[colour];
  if (!known?.depths.includes(depth)) {
    throw new UserError(`PNG has no colour type ${colour} with ${depth} bits; its header is damaged.`);
  }
  if (compression !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1)) {
    throw new UserError('it is compressed in a way that PNG does not define; its header is damaged.');
  }
  return { width, height, depth, colour, samples: known.samples, interlaced: interlace === 1 };
}

/** The filtered rows. No more is unpacked than a picture of this size holds. */
function unpack(parts: readonly Buffer[], { width, height, depth, samples }: Header): Uint8Array {
  // A filter byte and a started byte a row; interlacing has up to 7 sets of rows.
  const most = Math.ceil((width * height * samples * depth) / 8) + 14 * (height + 8);
  try {
    const { buffer, byteOffset, length } = inflateSync(Buffer.concat(parts), { maxOutputLength: most });
    // A plain view: elements of a Buffer are slower to reach.
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    throw new UserError(`its pixels cannot be unpacked (${messageOf(error)}).`);
  }
}

function readTransparency(data: Buffer, colour: number): number[] | null {
  if (colour === 3) return [...data];
  const keys = colour === 0 ? 1 : colour === 2 ? 3 : 0;
  // Colours that have an alpha of their own need no other, and half a key is none (libpng passes over both).
  if (keys === 0 || data.length < 2 * keys) return null;
  return Array.from({ length: keys }, (_, i) => data.readUInt16BE(2 * i));
}

function readSamples(rows: Uint8Array, header: Header): Uint8Array | Uint16Array {
  const { width, height, depth, samples, interlaced } = header;
  const length = width * height * samples;
  const values = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  let start = 0;
  for (const { x, y, dx, dy } of interlaced ? ADAM7 : [{ x: 0, y: 0, dx: 1, dy: 1 }]) {
    const across = Math.ceil((width - x) / dx);
    const down = Math.ceil((height - y) / dy);
    // A pass without pixels has no filter bytes either.
    if (across <= 0 || down <= 0) continue;
    const stride = Math.ceil((across * samples * depth) / 8);
    const unit = Math.max(1, (samples * depth) / 8);
    if (start + down * (stride + 1) > rows.length) throw new UserError('its pixels do not fill its size.');
    for (let v = 0; v < down; v++, start += stride + 1) {
      unfilter(rows, start, stride, unit, v === 0);
      const row = rows.subarray(start + 1, start + 1 + stride);
      spread(row, header, values, { at: ((y + v * dy) * width + x) * samples, across, dx });
    }
  }
  return values;
}

/**
 * Undoes a row's filter in place (section 9.2).
 *
 * @param start where the row's filter byte stands; the row above ends there
 * @param unit bytes from a sample to the same one of the pixel to the left
 */
function unfilter(rows: Uint8Array, start: number, stride: number, unit: number, first: boolean): void {
  const filter = rows[start] ?? 0;
  if (filter > 4) throw new UserError(`its pixels are damaged: no filter has the number ${filter}.`);
  const from = start + 1;
  const end = from + stride;
  const up = stride + 1;
  // One loop a filter: this runs for every byte. Assignment to a byte wraps at 256.
  if (filter === 1) {
    for (let at = from + unit; at < end; at++) rows[at] = (rows[at] ?? 0) + (rows[at - unit] ?? 0);
  } else if (filter === 2 && !first) {
    for (let at = from; at < end; at++) rows[at] = (rows[at] ?? 0) + (rows[at - up] ?? 0);
  } else if (filter === 3) {
    for (let at = from; at < end; at++) {
      const left = at < from + unit ? 0 : (rows[at - unit] ?? 0);
      rows[at] = (rows[at] ?? 0) + ((left + (first ? 0 : (rows[at - up] ?? 0))) >> 1);
    }
  } else if (filter === 4) {
    for (let at = from; at < end; at++) {
      const left = at < from + unit ? 0 : (rows[at - unit] ?? 0);
      const above = first ? 0 : (rows[at - up] ?? 0);
      const corner = first || at < from + unit ? 0 : (rows[at - up - unit] ?? 0);
      rows[at] = (rows[at] ?? 0) + paeth(left, above, corner);
    }
  }
}

/** Section 9.4. */
function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - 2 * c);
  return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
}

/** Puts a row's samples where its pixels stand: the first at `at`, the next `dx` pixels to the right. */
function spread(
  row: Uint8Array,
  { depth, samples }: Header,
  values: Uint8Array | Uint16Array,
  { at, across, dx }: { at: number; across: number; dx: number },
): void {
  if (depth === 8 && dx === 1) {
    values.set(row, at);
    return;
  }
  const top = 2 ** depth - 1;
  const skip = (dx - 1) * samples;
  let to = at;
  for (let u = 0, k = 0; u < across; u++, to += skip) {
    for (let s = 0; s < samples; s++, k++, to++) {
      if (depth === 8) values[to] = row[k] ?? 0;
      else if (depth === 16) values[to] = ((row[2 * k] ?? 0) << 8) | (row[2 * k + 1] ?? 0);
      else values[to] = ((row[(k * depth) >> 3] ?? 0) >> (8 - depth - ((k * depth) & 7))) & top;
    }
  }
}
