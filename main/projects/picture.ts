import { inflateSync } from 'node:zlib';
import { convertIndexedToRgb, decode, encode } from 'fast-png';
import { messageOf, UserError } from '../engine/errors.ts';
import { BOUNDS } from '../files/bounds.ts';
import { pngChunks } from './pngChunks.ts';

/** 8-bit pixels, row-major: 1 (grey), 3 (RGB) or 4 (RGBA) channels. */
export interface Picture {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  data: Uint8Array;
}

export function encodePng({ width, height, channels, data }: Picture): Uint8Array {
  return encode({ width, height, channels, data, depth: 8 });
}

/**
 * Decodes a PNG of any colour type to 8 bits a channel.
 *
 * @param name what to call the file in messages
 * @throws UserError for anything but a whole PNG of at most 2048 x 2048 pixels (BOUNDS.png)
 */
export function decodePng(png: Uint8Array, name: string): Picture {
  try {
    return toEightBits(decode(essentials(png), { checkCrc: true }));
  } catch (error) {
    throw new UserError(`${name} cannot be read as a picture: ${messageOf(error)}`);
  }
}

/** The pixels as RGBA. */
export function toRgba({ width, height, channels, data }: Picture): Uint8Array {
  if (channels === 4) return data;
  const rgba = new Uint8Array(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels;
    const red = data[from] ?? 0;
    rgba[pixel * 4] = red;
    rgba[pixel * 4 + 1] = channels === 3 ? (data[from + 1] ?? 0) : red;
    rgba[pixel * 4 + 2] = channels === 3 ? (data[from + 2] ?? 0) : red;
    rgba[pixel * 4 + 3] = 255;
  }
  return rgba;
}

/** The pixels as one grey channel (the first channel), as masks are stored. */
export function toGrey({ width, height, channels, data }: Picture): Uint8Array {
  if (channels === 1) return data;
  const grey = new Uint8Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) grey[pixel] = data[pixel * channels] ?? 0;
  return grey;
}

/** Shrinks by averaging so that no side is longer than `side`; smaller pictures stay as they are. */
export function shrink(picture: Picture, side: number): Picture {
  const { channels, data } = picture;
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  if (scale === 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const small = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const y0 = Math.floor((y * picture.height) / height);
    const y1 = Math.max(y0 + 1, Math.floor(((y + 1) * picture.height) / height));
    for (let x = 0; x < width; x++) {
      const x0 = Math.floor((x * picture.width) / width);
      const x1 = Math.max(x0 + 1, Math.floor(((x + 1) * picture.width) / width));
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let v = y0; v < y1; v++) {
          for (let u = x0; u < x1; u++) sum += data[(v * picture.width + u) * channels + channel] ?? 0;
        }
        small[(y * width + x) * channels + channel] = Math.round(sum / ((y1 - y0) * (x1 - x0)));
      }
    }
  }
  return { width, height, channels, data: small };
}

/**
 * The PNG reduced to its pixels. fast-png unpacks everything a file holds, however much that is, so the pixels are
 * measured first and the rest (colour profiles, text) is left out.
 */
function essentials(png: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [png.subarray(0, 8)];
  const pixels: Buffer[] = [];
  let most = 1;
  let packed = 0;
  for (const { type, data, start, end } of pngChunks(png)) {
    if (['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'].includes(type)) kept.push(png.subarray(start, end));
    if (type === 'IDAT') {
      pixels.push(data);
      packed += data.length;
      // What cannot be compressed grows by five bytes in 16 kB at most (RFC 1951, stored blocks of any packer).
      if (packed > most + most / 1024 + 1024)
        throw new UserError(
          `its pixels cannot be unpacked (they take more than the ${most} bytes that its size has room for).`,
        );
    }
    if (type !== 'IHDR') continue;
    if (data.length !== 13) throw new UserError('its header is damaged.');
    const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
    if (width < 1 || height < 1 || width * height > BOUNDS.png.pixels) {
      throw new UserError(
        `its size is ${width} x ${height}; at most ${BOUNDS.png.pixels} pixels (2048 x 2048) are read, make it smaller.`,
      );
    }
    // At most 4 channels of 16 bits; a filter byte per row, of which interlacing has up to 7 sets.
    most = width * height * 8 + height * 7 + 64;
  }
  try {
    inflateSync(Buffer.concat(pixels), { maxOutputLength: most });
  } catch (error) {
    throw new UserError(`its pixels cannot be unpacked (${messageOf(error)}).`);
  }
  return Buffer.concat(kept);
}

function toEightBits(png: ReturnType<typeof decode>): Picture {
  const { width, height } = png;
  if (png.palette !== undefined) {
    const channels = png.palette[0]?.length === 4 ? 4 : 3;
    return { width, height, channels, data: convertIndexedToRgb(png) };
  }
  const pixels = width * height;
  let data =
    png.depth < 8
      ? unpackBits(png.data, width, height, png.depth)
      : Uint8Array.from(png.data, png.depth === 16 ? (value) => value >> 8 : undefined);
  if (png.channels === 2) {
    const rgba = new Uint8Array(pixels * 4);
    for (let pixel = 0; pixel < pixels; pixel++) {
      rgba.fill(data[pixel * 2] ?? 0, pixel * 4, pixel * 4 + 3);
      rgba[pixel * 4 + 3] = data[pixel * 2 + 1] ?? 0;
    }
    data = rgba;
  }
  const channels = png.channels === 2 ? 4 : png.channels;
  if ((channels !== 1 && channels !== 3 && channels !== 4) || data.length !== pixels * channels) {
    throw new UserError('its pixels do not fill its size.');
  }
  return { width, height, channels, data };
}

/** Grey of 1, 2 or 4 bits a pixel, rows padded to whole bytes. */
function unpackBits(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const top = 2 ** depth - 1;
  const row = Math.ceil((width * depth) / 8);
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = packed[y * row + (bit >> 3)] ?? 0;
      grey[y * width + x] = Math.round((((byte >> (8 - depth - (bit & 7))) & top) * 255) / top);
    }
  }
  return grey;
}
