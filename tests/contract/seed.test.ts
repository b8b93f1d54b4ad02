import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../../main/engine/diffusion/torchGenerator.ts';
import { parseSeed } from '../../preload/contract/seed.ts';

describe('a seed', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['+7', 7],
    [' 42 ', 42],
    ['-1', 'random'],
    // 2^53 - 1 is the last whole number that JSON holds exactly.
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 0],
    // 2^64 - 1 and 2^64 - 5: lower 32 bits.
    ['18446744073709551615', 4294967295],
    ['-5', 4294967291],
    // Counted modulo 2^64.
    ['18446744073709551616', 0],
    ['18446744073709551623', 7],
    ['1.5', null],
    ['1e3', null],
    ['0x10', null],
    ['', null],
    ['many', null],
  ])('%j is %j', (text, seed) => {
    expect(parseSeed(text)).toBe(seed);
  });

  // torch 2.9.1: torch.randn(3, generator=torch.Generator().manual_seed(SEED))
  it.each([
    ['18446744073709551615', [1.219763, -0.392979, 1.023075]],
    ['-5', [-1.826625, 0.637972, -1.786269]],
    ['12345678901234567890', [0.986377, 0.235206, 0.895304]],
    ['9007199254740992', [1.540996, -0.293429, -2.178789]],
  ])('%s draws what torch draws', (text, numbers) => {
    const seed = parseSeed(text);
    if (typeof seed !== 'number') throw new Error(String(seed));
    const drawn = new TorchGenerator(seed).randn(3);
    numbers.forEach((value, i) => expect(drawn[i]).toBeCloseTo(value, 5));
  });
});
