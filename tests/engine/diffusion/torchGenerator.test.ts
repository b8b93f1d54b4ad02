import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fusedMultiplyAdd, log32, sinCos32 } from '../../../main/engine/diffusion/float32Math.ts';
import { Mt19937 } from '../../../main/engine/diffusion/mt19937.ts';
import { TorchGenerator } from '../../../main/engine/diffusion/torchGenerator.ts';

interface Draw {
  call: string;
  bits?: number[];
  first?: number[];
  last?: number[];
  sha256?: string;
}

const record = JSON.parse(
  readFileSync(new URL('../../fixtures/rng/draws.json', import.meta.url), 'utf8'),
) as { seed: string; draws: Draw[] }[];

function drawn(generator: TorchGenerator, { call, bits }: Draw): Draw {
  const [kind, size] = call.split(' ');
  const values = kind === 'rand' ? generator.rand(Number(size)) : generator.randn(Number(size));
  const patterns = [...new Uint32Array(values.buffer)];
  if (bits !== undefined) return { call, bits: patterns };
  const sha256 = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
  return { call, first: patterns.slice(0, 4), last: patterns.slice(-20), sha256 };
}

describe('TorchGenerator, bit for bit against torch 2.9.1', () => {
  it.each(record.map(({ seed, draws }) => [seed, draws.map(({ call }) => call).join(', '), draws] as const))(
    'seed %s: %s',
    (seed, _, draws) => {
      const generator = new TorchGenerator(BigInt(seed));
      expect(draws.map((draw) => drawn(generator, draw))).toEqual(draws);
    },
  );

  it('refuses seeds that torch refuses', () => {
    expect(() => new TorchGenerator(2n ** 64n)).toThrow(RangeError);
    expect(() => new TorchGenerator(-(2n ** 63n) - 1n)).toThrow(RangeError);
    expect(() => new TorchGenerator(0.5)).toThrow(RangeError);
  });
});

describe('Mt19937', () => {
  it('gives the published 10,000th output for the standard seed', () => {
    // C++ standard, [rand.predef]: the 10,000th invocation of mt19937 with seed 5489 gives 4123659995.
    const engine = new Mt19937(5489n);
    for (let index = 1; index < 10_000; index += 1) engine.random();
    expect(engine.random()).toBe(4123659995);
  });
});

describe('float32 mathematics', () => {
  const float = fc.float({
    noNaN: true,
    noDefaultInfinity: true,
    min: Math.fround(-1e9),
    max: Math.fround(1e9),
  });

  /** a * b + c as an exact multiple of 2^-400 (the smallest product of float32 numbers is 2^-298). */
  const exact = (value: number): bigint => {
    let scaled = value;
    let shift = 400n;
    while (!Number.isInteger(scaled)) {
      scaled *= 2;
      shift -= 1n;
    }
    return BigInt(scaled) << shift;
  };

  it('fused multiply-add has an error of at most half a unit in the last place, by exact arithmetic', () => {
    fc.assert(
      fc.property(float, float, float, (a, b, c) => {
        const result = fusedMultiplyAdd(a, b, c);
        const truth = ((exact(a) * exact(b)) >> 400n) + exact(c);
        const distance = (other: number): bigint => {
          const difference = exact(other) - truth;
          return difference < 0n ? -difference : difference;
        };
        const pattern = new Uint32Array(Float32Array.of(result).buffer);
        for (const step of [-1, 1]) {
          const [neighbour = 0] = new Float32Array(Uint32Array.of((pattern[0] ?? 0) + step).buffer);
          if (Number.isFinite(neighbour)) expect(distance(result) <= distance(neighbour)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('fused multiply-add is not fooled by a sum that float64 rounds to a midpoint', () => {
    // odd + 2^-24 is midway between two float32 numbers, and ties go up here; the product's last bits, which
    // the sum in float64 loses, say that it lies below.
    const odd = Math.fround(1 + 2 ** -23);
    const a = Math.fround(1 + 2 ** -23);
    const b = Math.fround(2 ** -24 * (1 - 2 ** -23));
    expect(a * b).toBeLessThan(2 ** -24);
    expect(Math.fround(a * b + odd)).toBe(1 + 2 ** -22);
    expect(fusedMultiplyAdd(a, b, odd)).toBe(odd);
    expect(fusedMultiplyAdd(2 ** -24, 1, odd)).toBe(1 + 2 ** -22);
  });

  it('logarithm, sine and cosine are right to a few units in the last place', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: Math.fround(2 ** -24), max: 1 }), (u) => {
        expect(Math.abs(log32(u) - Math.log(u))).toBeLessThanOrEqual(
          2e-7 * Math.max(1, Math.abs(Math.log(u))),
        );
        const angle = Math.fround(Math.fround(2 * Math.PI) * u);
        const { sin, cos } = sinCos32(angle);
        expect(Math.abs(sin - Math.sin(angle))).toBeLessThan(2e-7);
        expect(Math.abs(cos - Math.cos(angle))).toBeLessThan(2e-7);
      }),
    );
  });
});
