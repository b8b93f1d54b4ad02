import { MAX_SOURCE_BYTES } from '../../preload/contract/source.ts';
import { makeChunk, pngChunks } from './pngChunks.ts';
import { sha256 } from './resultFiles.ts';

/** An ancillary, private chunk that programs may copy without knowing it (W3C PNG 3rd edition, section 5.4). */
const SOURCE_CHUNK = 'isSr';

/**
 * The PNG with the source picture that its request names: with both, the file alone makes the image again. One that it
 * held already is replaced.
 */
export function embedSource(png: Uint8Array, source: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [png.subarray(0, 8)];
  for (const { type, start, end } of pngChunks(png)) {
    if (type === SOURCE_CHUNK) continue;
    // Behind the pixels, so that whoever reads the beginning of the file gets the picture first.
    if (type === 'IEND') parts.push(makeChunk(SOURCE_CHUNK, source));
    parts.push(png.subarray(start, end));
  }
  return Buffer.concat(parts);
}

/**
 * The source picture in a PNG, when it is the one with this hash; null for any other and for none.
 *
 * @throws UserError when `png` is not a whole PNG
 */
export function readEmbeddedSource(png: Uint8Array, image: string): Buffer | null {
  for (const { type, data } of pngChunks(png)) {
    if (type === SOURCE_CHUNK && data.length <= MAX_SOURCE_BYTES && sha256(data) === image) return data;
  }
  return null;
}
