import { encode } from 'fast-png';
import { decodePng as decodePicture } from '../projects/picture.ts';

/** An 8-bit PNG of row-major pixels: 1 channel is grey, 3 RGB, 4 RGBA. */
export function encodePng(data: Uint8Array, width: number, height: number, channels: 1 | 3 | 4): Uint8Array {
  if (data.length !== width * height * channels) {
    throw new Error(`A PNG of ${width} x ${height} x ${channels} needs as many bytes, not ${data.length}.`);
  }
  return encode({ data, width, height, channels, depth: 8 });
}

/** A mask of 0 and 1 as an 8-bit grey PNG of 0 and 255. */
export function encodeMask(mask: Uint8Array, width: number, height: number): Uint8Array {
  return encodePng(mask.map((value) => (value === 0 ? 0 : 255)), width, height, 1); // prettier-ignore
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** The pixels of a PNG, 8 bits a channel. @throws UserError when it is none */
export function decodePng(png: Uint8Array): Pixels {
  return decodePicture(png, 'The PNG');
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
