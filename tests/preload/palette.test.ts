import { describe, expect, it } from 'vitest';
import { MAX_BOXES } from '../../preload/contract/layout.ts';
import {
  COLOUR_COUNT,
  colourOfBox,
  contrast,
  rgbOfBox,
  textOnBox,
  type Rgb,
} from '../../preload/contract/palette.ts';

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const visions: Record<string, Matrix> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const toLms: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const toLab: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

const apply = (m: Matrix, [a, b, c]: Vector): Vector => [
  m[0][0] * a + m[0][1] * b + m[0][2] * c,
  m[1][0] * a + m[1][1] * b + m[1][2] * c,
  m[2][0] * a + m[2][1] * b + m[2][2] * c,
];
const each = ([a, b, c]: Vector, f: (v: number) => number): Vector => [f(a), f(b), f(c)];
const linear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

function oklab(rgb: Vector, vision: Matrix): Vector {
  const seen = each(
    apply(
      vision,
      each(rgb, (v) => linear(v / 255)),
    ),
    (v) => Math.min(1, Math.max(0, v)),
  );
  return apply(toLab, each(apply(toLms, seen), Math.cbrt));
}

const indices = Array.from({ length: COLOUR_COUNT }, (_, index) => index);

/** Behind an empty image (renderer/canvas/canvas.css), and the light canvas's halo, black at 0.5, upon it. */
const darkPaper: Rgb = [0x26, 0x28, 0x2d];
const lightPaper: Rgb = [0xff, 0xff, 0xff];
const lightHalo: Rgb = [0x80, 0x80, 0x80];

function leastDistance(count: number, vision: Matrix): number {
  const seen = indices.slice(0, count).map((index) => oklab(rgbOfBox(index), vision));
  let least = Infinity;
  seen.forEach((a, i) => {
    for (const b of seen.slice(i + 1))
      least = Math.min(least, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
  });
  return least;
}

describe('palette', () => {
  it('has a colour of its own for every box of a layout, and repeats after them', () => {
    expect(COLOUR_COUNT).toBe(MAX_BOXES);
    expect(new Set(indices.map((index) => colourOfBox(index))).size).toBe(COLOUR_COUNT);
    expect(colourOfBox(COLOUR_COUNT + 2)).toBe(colourOfBox(2));
    expect(rgbOfBox(0)).toEqual([0xe6, 0x9f, 0x00]);
    expect(colourOfBox(0, 0.5)).toBe('#e69f0080');
  });

  it.each(Object.entries(visions))('stays distinct under %s', (_name, vision) => {
    // 0.02 is about a just noticeable difference in Oklab.
    expect(leastDistance(16, vision)).toBeGreaterThan(0.07);
    expect(leastDistance(COLOUR_COUNT, vision)).toBeGreaterThan(0.055);
  });

  it('carries a text that reads at 4.5 to 1 or better', () => {
    for (const index of indices) {
      const text: Rgb = textOnBox(index) === '#ffffff' ? [255, 255, 255] : [0, 0, 0];
      expect(contrast(text, rgbOfBox(index))).toBeGreaterThan(4.5);
    }
  });

  it('stands out from the dark canvas: ten colours at 2.5 to 1, all at 2 to 1', () => {
    for (const index of indices) {
      const ratio = contrast(rgbOfBox(index), darkPaper);
      expect(ratio, colourOfBox(index)).toBeGreaterThan(index < 10 ? 2.5 : 2);
    }
  });

  it('is seen as a line with its halo on the light canvas', () => {
    for (const index of indices) {
      const best = Math.max(contrast(rgbOfBox(index), lightPaper), contrast(lightHalo, lightPaper));
      expect(best, colourOfBox(index)).toBeGreaterThan(3);
    }
  });
});
