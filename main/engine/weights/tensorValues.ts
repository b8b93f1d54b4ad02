import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { float32FromBfloat16, float32FromHalf } from './halfFloats.ts';
import type { TensorDirectory, TensorEntry } from './tensorDirectory.ts';
import { requireTensor } from './tensorDirectory.ts';

/** Largest tensor that is read into memory, in bytes: values are for small things, the graph maps the rest. */
const MAX_VALUE_BYTES = 512 * 1024 * 1024;

const SCAN_BYTES = 4 * 1024 * 1024;

/**
 * Values of a float tensor (float64, float32, float16 or bfloat16) as float32.
 *
 * @throws UserError when the tensor is missing, of another type, or larger than 512 MiB
 */
export async function readFloats(directory: TensorDirectory, name: string): Promise<Float32Array> {
  const entry = requireTensor(directory, name);
  if (!isFloat(entry)) throw wrongType(directory, name, entry, 'float');
  return floatsOf(entry, await readBytes(directory, name, entry));
}

/**
 * Values of an int64 tensor.
 *
 * @throws UserError when the tensor is missing, of another type, or larger than 512 MiB
 */
export async function readIntegers(directory: TensorDirectory, name: string): Promise<BigInt64Array> {
  const entry = requireTensor(directory, name);
  if (entry.dtype !== 'int64') throw wrongType(directory, name, entry, 'int64');
  const bytes = await readBytes(directory, name, entry);
  return new BigInt64Array(bytes.buffer);
}

export interface NonFiniteCount {
  readonly nan: number;
  readonly infinite: number;
  /** Index of the first value that is NaN or infinite, in row-major order; -1 when there is none. */
  readonly first: number;
}

/** Counts NaN and infinity in a tensor, reading 4 MiB at a time. Integer tensors hold none. */
export async function countNonFinite(entry: TensorEntry): Promise<NonFiniteCount> {
  const count = { nan: 0, infinite: 0, first: -1 };
  if (!isFloat(entry)) return count;
  const handle = await open(entry.file, 'r');
  try {
    let index = 0;
    for (let done = 0; done < entry.byteLength; done += SCAN_BYTES) {
      const length = Math.min(SCAN_BYTES, entry.byteLength - done);
      const values = floatsOf(entry, await readAt(handle, entry, done, length));
      for (const value of values) {
        if (!Number.isFinite(value)) {
          if (Number.isNaN(value)) count.nan += 1;
          else count.infinite += 1;
          if (count.first < 0) count.first = index;
        }
        index += 1;
      }
    }
  } finally {
    await handle.close();
  }
  return count;
}

/**
 * Makes sure that weights are numbers.
 *
 * @param names tensors to scan; all of them unless given
 * @throws UserError naming the first tensor that holds NaN or infinity
 */
export async function requireFinite(
  directory: TensorDirectory,
  names: readonly string[] = directory.names,
): Promise<void> {
  for (const name of names) {
    const { nan, infinite, first } = await countNonFinite(requireTensor(directory, name));
    if (first >= 0) {
      throw new UserError(
        `${directory.source}: tensor "${name}" holds ${nan} NaN and ${infinite} infinite values ` +
          `(the first at index ${first}); the weights are damaged, download them again.`,
      );
    }
  }
}

function isFloat(entry: TensorEntry): boolean {
  return ['float64', 'float32', 'float16', 'bfloat16'].includes(entry.dtype);
}

function wrongType(directory: TensorDirectory, name: string, entry: TensorEntry, wanted: string): UserError {
  return new UserError(`${directory.source}: tensor "${name}" is ${entry.dtype}, not ${wanted}.`);
}

/** Little-endian bytes as numbers; typed arrays share the machine's order, which is little-endian wherever Node 20 runs. */
function floatsOf(entry: TensorEntry, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  switch (entry.dtype) {
    case 'float64':
      return Float32Array.from(new Float64Array(bytes.buffer));
    case 'float16':
      return float32FromHalf(new Uint16Array(bytes.buffer));
    case 'bfloat16':
      return float32FromBfloat16(new Uint16Array(bytes.buffer));
    default:
      return new Float32Array(bytes.buffer);
  }
}

async function readBytes(
  directory: TensorDirectory,
  name: string,
  entry: TensorEntry,
): Promise<Uint8Array<ArrayBuffer>> {
  if (entry.byteLength > MAX_VALUE_BYTES) {
    throw new UserError(
      `${directory.source}: tensor "${name}" has ${entry.byteLength} bytes; at most ${MAX_VALUE_BYTES} are read into memory.`,
    );
  }
  const handle = await open(entry.file, 'r');
  try {
    return await readAt(handle, entry, 0, entry.byteLength);
  } finally {
    await handle.close();
  }
}

/** Bytes in a buffer of their own, so that typed arrays over it are aligned. */
async function readAt(
  handle: FileHandle,
  entry: TensorEntry,
  from: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, entry.offset + from + filled);
    if (bytesRead === 0)
      throw new UserError(`${entry.file}: got shorter while it was read; download it again.`);
    filled += bytesRead;
  }
  return bytes;
}
