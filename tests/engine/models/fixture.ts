import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HostData } from '../../../main/engine/runtime/session.ts';
import { SafetensorsFile } from '../../../main/engine/weights/safetensorsFile.ts';
import { readFloats, readIntegers } from '../../../main/engine/weights/tensorValues.ts';

/** A tiny model of tests/fixtures/models with its inputs and outputs. */
export interface Fixture {
  readonly config: unknown;
  readonly weights: SafetensorsFile;
  readonly tensors: SafetensorsFile;
  floats(name: string): Promise<Float32Array>;
  integers(name: string): Promise<BigInt64Array>;
  shape(name: string): readonly number[];
}

export async function openFixture(name: string): Promise<Fixture> {
  const folder = realpathSync(fileURLToPath(new URL(`../../fixtures/models/${name}`, import.meta.url)));
  const tensors = await SafetensorsFile.open(`${folder}/tensors.safetensors`);
  return {
    config: JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as unknown,
    weights: await SafetensorsFile.open(`${folder}/weights.safetensors`),
    tensors,
    floats: (tensor) => readFloats(tensors, tensor),
    integers: (tensor) => readIntegers(tensors, tensor),
    shape: (tensor) => {
      const entry = tensors.get(tensor);
      if (!entry) throw new Error(`fixture ${name} has no "${tensor}"`);
      return entry.shape;
    },
  };
}

/** Largest absolute difference; sizes must agree. */
export function maxDifference(actual: HostData | undefined, expected: Float32Array): number {
  if (!(actual instanceof Float32Array)) throw new Error('no such output');
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, not ${expected.length}`);
  // Written so that a NaN anywhere makes the result NaN, which no bound accepts.
  return actual.reduce((worst, value, i) => {
    const difference = Math.abs(value - (expected[i] ?? NaN));
    return difference <= worst ? worst : difference;
  }, 0);
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);

/** Relative L2 distance and cosine of two gradients. */
export function compareGradients(
  actual: HostData | undefined,
  expected: Float32Array,
): { relative: number; cosine: number } {
  if (!(actual instanceof Float32Array)) throw new Error('no such output');
  const difference = actual.map((value, i) => value - (expected[i] ?? NaN));
  const norm = Math.sqrt(dot(expected, expected));
  return {
    relative: Math.sqrt(dot(difference, difference)) / norm,
    cosine: dot(actual, expected) / (norm * Math.sqrt(dot(actual, actual))),
  };
}
