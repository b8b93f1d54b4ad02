/**
 * The Mersenne Twister of Matsumoto and Nishimura (1998), 32-bit outputs, seeded and tempered as in PyTorch
 * (aten/src/ATen/core/MT19937RNGEngine.h, 2.9).
 */
const STATE_WORDS = 624;
const SHIFT = 397;

export class Mt19937 {
  readonly #state = new Uint32Array(STATE_WORDS);
  #next = STATE_WORDS;

  /**
   * @param seed any integer; only its low 32 bits count (torch hands the engine `seed & 0xffffffff`)
   */
  constructor(seed: bigint) {
    this.#state[0] = Number(BigInt.asUintN(32, seed));
    for (let index = 1; index < STATE_WORDS; index += 1) {
      const previous = this.#word(index - 1);
      this.#state[index] = Math.imul(1812433253, previous ^ (previous >>> 30)) + index;
    }
  }

  /** The next 32 random bits. */
  random(): number {
    if (this.#next === STATE_WORDS) this.#refill();
    let bits = this.#word(this.#next);
    this.#next += 1;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }

  /** 64 random bits as two halves; torch draws the high half first (CPUGeneratorImpl::random64). */
  random64(): { readonly high: number; readonly low: number } {
    const high = this.random();
    return { high, low: this.random() };
  }

  #refill(): void {
    for (let index = 0; index < STATE_WORDS; index += 1) {
      const upper = this.#word(index) & 0x80000000;
      const lower = this.#word((index + 1) % STATE_WORDS) & 0x7fffffff;
      const twist = (upper | lower) >>> 1;
      this.#state[index] = this.#word((index + SHIFT) % STATE_WORDS) ^ twist ^ (lower & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  #word(index: number): number {
    return this.#state[index] ?? 0;
  }
}
