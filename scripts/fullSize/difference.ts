import { existsSync, readFileSync } from 'node:fs';

/** How far a network's output is from another's. */
export interface Difference {
  /** Greatest absolute difference. */
  readonly worst: number;
  /** Greatest magnitude of the other's values. */
  readonly largest: number;
}

/**
 * Compares two files of raw float32.
 *
 * @returns null when one of them does not exist
 */
export function difference(file: string, reference: string): Difference | null {
  if (!existsSync(file) || !existsSync(reference)) return null;
  const [ours, theirs] = [floatsOf(file), floatsOf(reference)];
  if (ours.length !== theirs.length)
    throw new Error(`${file}: ${ours.length} values, ${reference} has ${theirs.length}`);
  let worst = 0;
  let largest = 0;
  theirs.forEach((value, index) => {
    const error = Math.abs(value - (ours[index] ?? NaN));
    worst = Number.isNaN(error) ? NaN : Math.max(worst, error);
    largest = Math.max(largest, Math.abs(value));
  });
  return { worst, largest };
}

function floatsOf(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
