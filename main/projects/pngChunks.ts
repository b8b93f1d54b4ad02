import { crc32 } from 'node:zlib';
import { UserError } from '../engine/errors.ts';
import { BOUNDS } from '../files/bounds.ts';

/** The eight bytes every PNG begins with. */
export const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A chunk of a PNG (W3C PNG 3rd edition, section 5.3); `data` is a view into the file. */
export interface PngChunk {
  type: string;
  data: Buffer;
  /** Where it begins and ends in the file, length and CRC included. */
  start: number;
  end: number;
}

export function isPng(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && PNG_SIGNATURE.equals(bytes.subarray(0, 8));
}

/**
 * The chunks of a PNG in order, up to IEND, lengths and CRCs checked.
 *
 * @throws UserError for anything that is not a whole PNG; what came before is yielded first
 */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isPng(file)) throw new UserError('The file is not a PNG.');
  let start = PNG_SIGNATURE.length;
  for (let count = 1; ; count += 1) {
    if (count > BOUNDS.png.chunks)
      throw new UserError(
        `The PNG has more than ${BOUNDS.png.chunks} parts; it is damaged or made to do harm.`,
      );
    if (start + 12 > file.length) throw new UserError('The PNG is cut off.');
    const length = file.readUInt32BE(start);
    const end = start + 12 + length;
    if (end > file.length) throw new UserError('The PNG is cut off.');
    const typeAndData = file.subarray(start + 4, end - 4);
    const type = typeAndData.toString('latin1', 0, 4);
    if (crc32(typeAndData) !== file.readUInt32BE(end - 4)) {
      throw new UserError(`The PNG is damaged: the check sum of its ${JSON.stringify(type)} chunk is wrong.`);
    }
    yield { type, data: typeAndData.subarray(4), start, end };
    if (type === 'IEND') return;
    start = end;
  }
}

/** The bytes of a chunk. */
export function makeChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
