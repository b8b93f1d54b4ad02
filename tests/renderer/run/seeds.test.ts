import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeSeed, seedsOf } from '../../../renderer/run/seeds.ts';

describe('seeds of variations', () => {
  it('start with the document’s own and go up by one', () => {
    expect(seedsOf(7, 'locked', 3, Math.random)).toEqual([7, 8, 9]);
    expect(seedsOf(7, 'next', 3, Math.random)).toEqual([7, 8, 9]);
  });

  it('pass over what is there already', () => {
    expect(seedsOf(7, 'locked', 3, Math.random, (seed) => seed === 7 || seed === 9)).toEqual([8, 10, 11]);
  });

  it('go round at the largest seed', () => {
    expect(seedsOf(Number.MAX_SAFE_INTEGER, 'next', 2, Math.random)).toEqual([Number.MAX_SAFE_INTEGER, 0]);
  });

  it('are drawn when the mode is random, and drawn again when one repeats', () => {
    const draws = [0.5, 0.5, 0.25];
    expect(seedsOf(2 ** 31, 'random', 2, () => draws.shift() ?? 0)).toEqual([2 ** 31, 2 ** 30]);
  });

  it('are as many as asked for, all different and all valid', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.constantFrom('locked' as const, 'random' as const, 'next' as const),
        fc.integer({ min: 1, max: 16 }),
        (first, mode, count) => {
          const seeds = seedsOf(first, mode, count, Math.random);
          expect(new Set(seeds).size).toBe(count);
          expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
        },
      ),
    );
  });
});

it('the next seed is the one that is set until it is used, then the next free one', () => {
  expect(freeSeed(7, new Set())).toBe(7);
  expect(freeSeed(7, new Set([7, 8, 10]))).toBe(9);
  expect(freeSeed(Number.MAX_SAFE_INTEGER, new Set([Number.MAX_SAFE_INTEGER]))).toBe(0);
});
