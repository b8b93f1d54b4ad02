import { combine } from './prediction.ts';

/** x_t = sqrt(a) x0 + sqrt(1 - a) noise for an alpha product a. */
export function noisedByAlpha(
  original: Float32Array,
  noise: Float32Array,
  alphaProduct: number,
): Float32Array {
  return combine(Math.sqrt(alphaProduct), original, Math.sqrt(1 - alphaProduct), noise);
}

/** An entry that must exist: indices are the caller's, so a missing one is a bug. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined)
    throw new RangeError(`Step or timestep ${index} is outside 0 to ${values.length - 1}.`);
  return value;
}
