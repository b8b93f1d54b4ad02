import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_SOURCE_BYTES, pictureHashSchema } from '../../preload/contract/source.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { exists, writeFileAtomic } from './atomicFile.ts';
import { codeOf, fileError } from './fileErrors.ts';
import { decodePng, encodePng, type Picture } from './picture.ts';
import { isPng } from './pngChunks.ts';
import { readLimitedBytes } from './readFiles.ts';
import { sha256 } from './resultFiles.ts';

/** Folder of a project's source pictures, each `<SHA-256>.png`. */
export const SOURCES = 'sources';

/** A picture that runs can begin with: a PNG with nothing in it but its pixels, and the name that requests use. */
export interface SourcePng {
  readonly image: string;
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * A PNG of any kind as a source picture: 8-bit RGB, transparent parts on white, without what else the file holds (a
 * result's own request and source, so that pictures made from pictures do not grow).
 *
 * @param name what to call the file in messages
 * @throws UserError for anything but a PNG of 16 to 2048 pixels a side, multiples of 8
 */
export function sourcePng(bytes: Uint8Array, name: string): SourcePng {
  if (!isPng(bytes)) throw new UserError(`${name} is not a PNG: a source picture must be one.`);
  const { width, height, ...pixels } = decodePng(bytes, name);
  const fits = (side: number): boolean => side >= 16 && side <= 2048 && side % 8 === 0;
  if (!fits(width) || !fits(height)) {
    throw new UserError(
      `${name} has ${width} x ${height} pixels; the sides of a source picture must be multiples of 8 from 16 to 2048.`,
    );
  }
  const png = encodePng({ width, height, channels: 3, data: rgbOf({ width, height, ...pixels }) });
  if (png.length > MAX_SOURCE_BYTES) {
    throw new UserError(
      `${name} is too large for a source picture: ${png.length} bytes of ${MAX_SOURCE_BYTES}.`,
    );
  }
  return { image: sha256(png), png, width, height };
}

/**
 * The pixels of a source picture that came with a request.
 *
 * @throws UserError when it is not the one that the request names
 */
export function sourcePixels(
  png: Uint8Array,
  image: string,
): { width: number; height: number; data: Uint8Array } {
  if (sha256(png) !== image) {
    throw new UserError(`The source picture is not the one that the request names (${image.slice(0, 12)}).`);
  }
  const picture = decodePng(png, 'The source picture');
  return { width: picture.width, height: picture.height, data: rgbOf(picture) };
}

/** Keeps a source picture in a project; the same one is kept once. */
export async function keepSource(project: string, { image, png }: SourcePng): Promise<void> {
  const path = sourcePath(project, image);
  try {
    await mkdir(join(project, SOURCES), { recursive: true });
    if (!(await exists(path))) await writeFileAtomic(path, png);
  } catch (error) {
    throw fileError('save', path, error);
  }
}

/** The bytes of a project's source picture. @throws UserError when it is gone or changed */
export async function readSource(project: string, image: string): Promise<Buffer> {
  const path = sourcePath(project, image);
  try {
    const bytes = await readLimitedBytes(path, MAX_SOURCE_BYTES);
    if (sha256(bytes) === image) return bytes;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw fileError('readSource', path, error);
  }
  throw new UserError(sentence('source.missing', { image: image.slice(0, 12) }));
}

/** Where a project keeps a source picture. @throws UserError for what is no hash, so that no path escapes */
export function sourcePath(project: string, image: string): string {
  if (!pictureHashSchema.safeParse(image).success)
    throw new UserError(`"${image.slice(0, 80)}" is not the name of a source picture.`);
  return join(project, SOURCES, `${image}.png`);
}

function rgbOf({ width, height, channels, data }: Picture): Uint8Array {
  if (channels === 3) return data;
  const rgb = new Uint8Array(3 * width * height);
  for (let p = 0; p < width * height; p++) {
    for (let i = 0; i < 3; i++) {
      const value = data[channels * p + (channels === 1 ? 0 : i)] ?? 0;
      const alpha = channels === 4 ? (data[4 * p + 3] ?? 255) / 255 : 1;
      rgb[3 * p + i] = Math.round(value * alpha + 255 * (1 - alpha));
    }
  }
  return rgb;
}
