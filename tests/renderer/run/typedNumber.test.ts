import { expect, it } from 'vitest';
import { typedNumber, typedSeed } from '../../../renderer/run/typedNumber.ts';

it.each([
  ['0,05', 0, 10, 0.005, { kind: 'number', value: 0.05 }],
  ['0.05', 0, 10, 0.005, { kind: 'number', value: 0.05 }],
  [' 7 ', 1, 1000, 1, { kind: 'number', value: 7 }],
  ['7,6', 1, 1000, 1, { kind: 'number', value: 8 }],
  ['9999', 1, 1000, 1, { kind: 'clamped', value: 1000 }],
  ['0', 1, 1000, 1, { kind: 'clamped', value: 1 }],
  ['-3', 0, 10, 0.1, { kind: 'clamped', value: 0 }],
  ['1e9', 0, 50, 0.5, { kind: 'clamped', value: 50 }],
  ['', 0, 10, 1, { kind: 'none' }],
  ['  ', 0, 10, 1, { kind: 'none' }],
  ['1,000,5', 0, 10, 1, { kind: 'none' }],
  ['ten', 0, 10, 1, { kind: 'none' }],
  ['Infinity', 0, 10, 1, { kind: 'none' }],
])('reads "%s" between %d and %d by %d', (text, min, max, step, typed) => {
  expect(typedNumber(text, min, max, step)).toEqual(typed);
});

it('reads a seed, and -1 as a random one', () => {
  const half = (): number => 0.5;
  expect(typedSeed('-1', half)).toEqual({ kind: 'random', value: 2 ** 31 });
  expect(typedSeed('42', half)).toEqual({ kind: 'number', value: 42 });
  expect(typedSeed('-7', half)).toEqual({ kind: 'clamped', value: 0 });
  expect(typedSeed('99999999999999999999', half)).toEqual({
    kind: 'clamped',
    value: Number.MAX_SAFE_INTEGER,
  });
  expect(typedSeed('cat', half)).toEqual({ kind: 'none' });
});
