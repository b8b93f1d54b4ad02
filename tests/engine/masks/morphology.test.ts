import { describe, expect, it } from 'vitest';
import { compose, dilate, union } from '../../../main/engine/masks/morphology.ts';

/** Rows of signs, # is set. */
const maskOf = (rows: readonly string[]): Uint8Array =>
  Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 1 : 0));

describe('dilate', () => {
  it('grows in all eight directions and stays in the picture', () => {
    const mask = maskOf(['#....', '.....', '.....', '....#']);
    expect(dilate(mask, 5, 4, 1)).toEqual(maskOf(['##...', '##...', '...##', '...##']));
    expect(dilate(mask, 5, 4, 2)).toEqual(maskOf(['###..', '#####', '#####', '..###']));
    expect(dilate(mask, 5, 4, 0)).toEqual(mask);
    expect(dilate(new Uint8Array(20), 5, 4, 9)).toEqual(new Uint8Array(20));
  });
});

describe('union', () => {
  it('is set where any is', () => {
    expect(union([maskOf(['#..']), maskOf(['..#'])], 3)).toEqual(maskOf(['#.#']));
    expect(union([], 2)).toEqual(new Uint8Array(2));
  });
});

describe('compose', () => {
  const [width, height] = [6, 5];
  const outside = new Uint8Array(3 * width * height).fill(10);
  const inside = new Uint8Array(3 * width * height).fill(210);

  it('mixes inside of the mask alone', () => {
    const mask = maskOf(['......', '.###..', '.###..', '.###..', '......']);
    const red = (feather: number): number[] =>
      [...compose(outside, inside, mask, { width, height, feather })].filter((_, i) => i % 3 === 0);
    expect(red(0).slice(6, 12)).toEqual([10, 210, 210, 210, 10, 10]);
    expect(red(1).slice(6, 12)).toEqual([10, 110, 110, 110, 10, 10]);
    expect(red(1).slice(12, 18)).toEqual([10, 110, 210, 110, 10, 10]);
    expect(red(3).slice(12, 18)).toEqual([10, 60, 110, 60, 10, 10]);
  });

  it('does not take the border of the picture for an edge', () => {
    const everything = new Uint8Array(width * height).fill(1);
    expect(compose(outside, inside, everything, { width, height, feather: 2 })).toEqual(inside);
  });
});
