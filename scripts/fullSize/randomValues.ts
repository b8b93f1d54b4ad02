import { createCipheriv, createHash } from 'node:crypto';
import { halfFromFloat32 } from '../../main/engine/weights/halfFloats.ts';

/** Values in a block that is repeated over a tensor; a prime, so that repetitions don't line up with rows. */
const BLOCK = 1_048_573;

export type Precision = 'fp32' | 'fp16';

/** How a tensor's values are spread: `offset` + uniform(-1, 1) times `scale`, a power of two. */
export interface Spread {
  readonly scale: number;
  readonly offset: 0 | 1;
}

/**
 * Deterministic weights of full size at the speed of the disk: one block of numbers a spread, written again and again
 * from a place that the tensor's name gives. Every number is exact in half precision, so that fp32 and fp16 files and
 * every file format hold the same values.
 */
export class RandomValues {
  readonly #units: Float32Array;
  readonly #blocks = new Map<string, Buffer>();

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest();
    const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(2 * BLOCK));
    this.#units = Float32Array.from({ length: BLOCK }, (_, index) => stream.readUInt16LE(2 * index) >> 6);
  }

  /** The bytes of a tensor from first to last, in pieces of a few megabytes that must not be changed. */
  *bytes(name: string, count: number, spread: Spread, precision: Precision): Generator<Buffer> {
    const block = this.#block(spread, precision);
    const size = precision === 'fp16' ? 2 : 4;
    let at = createHash('sha256').update(name).digest().readUInt32LE(0) % BLOCK;
    for (let left = count; left > 0;) {
      const length = Math.min(left, BLOCK - at);
      yield block.subarray(at * size, (at + length) * size);
      left -= length;
      at = 0;
    }
  }

  #block({ scale, offset }: Spread, precision: Precision): Buffer {
    const key = `${precision} ${scale} ${offset}`;
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    // Odd multiples of 1/1024 are exact at every scale; around 1 the steps are as wide as 1/256.
    const values = this.#units.map((unit) => {
      const value = ((2 * unit - 1023) / 1024) * scale;
      return offset === 0 ? value : offset + Math.round(value * 256) / 256;
    });
    const block = Buffer.from(precision === 'fp16' ? halfFromFloat32(values).buffer : values.buffer);
    this.#blocks.set(key, block);
    return block;
  }
}

/**
 * A spread that keeps the network's numbers about as large as they come in: variance one over the inputs of a layer,
 * norms around one, small biases.
 */
export function spreadOf(name: string, shape: readonly number[]): Spread {
  if (shape.length === 0) return { scale: 1, offset: 0 };
  if (/norm[^.]*\.weight$/.test(name)) return { scale: 0.125, offset: 1 };
  if (name.endsWith('bias') || shape.length === 1) return { scale: 2 ** -5, offset: 0 };
  if (/_embedding\.weight$/.test(name)) return { scale: 2 ** -4, offset: 0 };
  const inputs = shape.slice(1).reduce((product, axis) => product * axis, 1);
  return { scale: 2 ** Math.round(Math.log2(Math.sqrt(3 / inputs))), offset: 0 };
}
