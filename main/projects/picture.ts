import { encode } from 'fast-png';
import { messageOf, UserError } from '../engine/errors.ts';
import { readPng, type PngPixels } from './pngPixels.ts';

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
 * Decodes a PNG of any kind to 8 bits a channel: grey and RGB, with alpha where the file says anything of it. Of 16
 * bits the upper 8 are kept, as Pillow does; a palette index past the end is black, as in browsers.
 *
 * @param name what to call the file in messages
 * @throws UserError for anything but a whole PNG of at most 2048 x 2048 pixels (BOUNDS.png)
 */
export function decodePng(png: Uint8Array, name: string): Picture {
  try {
    return toEightBits(readPng(png));
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

/**
 * The luminance of the pixels (ITU-R BT.601, as Pillow's "L"); what is transparent is as dark as it is transparent, so
 * that a mask's empty parts are not white.
 */
export function toGrey({ width, height, channels, data }: Picture): Uint8Array {
  if (channels === 1) return data;
  const grey = new Uint8Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const at = pixel * channels;
    const [red = 0, green = 0, blue = 0, alpha = 255] = [data[at], data[at + 1], data[at + 2], channels === 4 ? data[at + 3] : 255]; // prettier-ignore
    const luminance = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    grey[pixel] = Math.round((luminance * alpha) / 255);
  }
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

function toEightBits(png: PngPixels): Picture {
  const { width, height, colour, depth, samples, values, transparent } = png;
  const channels = colour === 4 || colour === 6 || transparent !== null ? 4 : colour === 0 ? 1 : 3;
  if (colour !== 3 && samples === channels) {
    const data = depth === 8 && values instanceof Uint8Array ? values : scaled(values, depth);
    return { width, height, channels, data };
  }
  const data = new Uint8Array(width * height * channels);
  if (colour === 3) {
    const palette = paletteTable(png);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const entry = 4 * (values[pixel] ?? 0);
      for (let i = 0; i < channels; i++) data[channels * pixel + i] = palette[entry + i] ?? 0;
    }
    return { width, height, channels, data };
  }
  // Grey or RGB that turns into RGBA.
  const eight = depth === 8 && values instanceof Uint8Array ? values : scaled(values, depth);
  const [green, blue] = samples === 3 ? [1, 2] : [0, 0];
  for (let pixel = 0, from = 0; pixel < width * height; pixel++, from += samples) {
    data[4 * pixel] = eight[from] ?? 0;
    data[4 * pixel + 1] = eight[from + green] ?? 0;
    data[4 * pixel + 2] = eight[from + blue] ?? 0;
    // The key is compared before samples are scaled (W3C PNG 3rd edition, section 11.3.1.1).
    const opaque = transparent?.some((key, i) => values[from + i] !== key) ?? true;
    data[4 * pixel + 3] = samples === 2 ? (eight[from + 1] ?? 0) : opaque ? 255 : 0;
  }
  return { width, height, channels, data };
}

/** Samples of `depth` bits as ones of 8. */
function scaled(values: Uint8Array | Uint16Array, depth: number): Uint8Array {
  const out = new Uint8Array(values.length);
  if (depth === 16) {
    for (let i = 0; i < out.length; i++) out[i] = (values[i] ?? 0) >> 8;
  } else {
    const step = 255 / (2 ** depth - 1);
    for (let i = 0; i < out.length; i++) out[i] = (values[i] ?? 0) * step;
  }
  return out;
}

/** RGBA of each of 256 indices: opaque black past the end of the palette. */
function paletteTable({ palette, transparent }: PngPixels): Uint8Array {
  const table = new Uint8Array(4 * 256);
  for (let entry = 0; entry < 256; entry++) {
    table.set(palette.subarray(3 * entry, 3 * entry + 3), 4 * entry);
    table[4 * entry + 3] = transparent?.[entry] ?? 255;
  }
  return table;
}
