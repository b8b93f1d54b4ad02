import { log32, sinCos32 } from './float32Math.ts';
import { Mt19937 } from './mt19937.ts';

/** randn works on blocks of this many numbers; smaller tensors take another path. */
const BLOCK = 16;

const TWO_PI = Math.fround(2 * Math.PI);

/**
 * torch.Generator on the CPU (PyTorch 2.9): the same seed and the same calls give the same numbers as
 * `torch.manual_seed(seed)` followed by `torch.randn`/`torch.rand` in float32, so a seed means here what it
 * means in diffusers. Bit for bit what torch makes on a processor with AVX2 or AVX-512 (checked for both); on
 * others torch itself differs from that in the last bit of some numbers.
 */
export class TorchGenerator {
  readonly #engine: Mt19937;
  /** Second number of the last pair of the scalar path; it waits there whatever is drawn in between. */
  #waiting: number | null = null;

  /**
   * @param seed a whole number from -2^63 to 2^64 - 1, as torch.manual_seed takes it (negative ones count from
   *   2^64 down). Seeds that are equal in their low 32 bits give the same numbers; that is torch's doing.
   * @throws RangeError for other seeds
   */
  constructor(seed: bigint | number) {
    const whole = BigInt(seed);
    if (whole < -(2n ** 63n) || whole >= 2n ** 64n) {
      throw new RangeError(`The seed ${whole} is outside -2^63 to 2^64 - 1.`);
    }
    this.#engine = new Mt19937(whole);
  }

  /**
   * Standard normal numbers: torch.randn(size, dtype=torch.float32)
   * (aten/src/ATen/native/cpu/DistributionTemplates.h, normal_kernel).
   */
  randn(size: number): Float32Array {
    return size >= BLOCK
      ? this.#randnBlocks(size)
      : Float32Array.from({ length: size }, () => this.#normal());
  }

  /** Numbers from 0 to 1, 1 excluded: torch.rand(size, dtype=torch.float32). */
  rand(size: number): Float32Array {
    return Float32Array.from({ length: size }, () => this.#uniform());
  }

  /** Fills with uniform numbers, then turns them into normal ones block by block (normal_fill_AVX2). */
  #randnBlocks(size: number): Float32Array {
    const values = this.rand(size);
    for (let start = 0; start + BLOCK <= size; start += BLOCK) {
      boxMuller(values.subarray(start, start + BLOCK));
    }
    if (size % BLOCK !== 0) {
      // The last 16 are drawn anew, over numbers that are finished already.
      const tail = values.subarray(size - BLOCK);
      tail.set(this.rand(BLOCK));
      boxMuller(tail);
    }
    return values;
  }

  /** 24 random bits as a share of 2^24 (ATen/core/TransformationHelper.h, uniform_real<float>). */
  #uniform(): number {
    return (this.#engine.random() & 0xffffff) / 2 ** 24;
  }

  /** One normal number in float64 of a pair (ATen/core/DistributionsHelper.h, normal_distribution<double>). */
  #normal(): number {
    if (this.#waiting !== null) {
      const waiting = this.#waiting;
      this.#waiting = null;
      return waiting;
    }
    const u1 = this.#uniform64();
    const u2 = this.#uniform64();
    const radius = Math.sqrt(-2 * Math.log1p(-u2));
    const theta = 2 * Math.PI * u1;
    this.#waiting = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  }

  /** The low 53 of 64 random bits as a share of 2^53. */
  #uniform64(): number {
    const { high, low } = this.#engine.random64();
    return ((high & 0x1fffff) * 2 ** 32 + low) / 2 ** 53;
  }
}

/** 16 uniform numbers into 16 normal ones, in place: pairs are 8 apart. */
function boxMuller(block: Float32Array): void {
  for (let index = 0; index < BLOCK / 2; index += 1) {
    const u1 = 1 - (block[index] ?? 0);
    const u2 = block[index + BLOCK / 2] ?? 0;
    const radius = Math.fround(Math.sqrt(Math.fround(-2 * log32(u1))));
    const { sin, cos } = sinCos32(Math.fround(TWO_PI * u2));
    // + 0 turns -0 into 0, as torch's multiplication by the deviation and addition of the mean do.
    block[index] = Math.fround(radius * cos) + 0;
    block[index + BLOCK / 2] = Math.fround(radius * sin) + 0;
  }
}
