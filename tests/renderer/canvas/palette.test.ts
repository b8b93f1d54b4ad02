import { describe, expect, it } from 'vitest';
import { boxColour, boxRgb, luminance, textOn } from '../../../renderer/canvas/palette.ts';
import { COLOUR_COUNT } from '../../../renderer/editor/document.ts';

type Triple = readonly [number, number, number];

const identity: readonly Triple[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB. */
const sights: Readonly<Record<string, readonly Triple[]>> = {
  normal: identity,
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

const linear = (byte: number): number => {
  const c = byte / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

const times = (matrix: readonly Triple[], v: Triple): Triple => {
  const [a, b, c] = matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
  return [a ?? 0, b ?? 0, c ?? 0];
};

function lab(rgb: Triple): Triple {
  const [x, y, z] = times(
    [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ],
    rgb,
  );
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.9505), f(y), f(z / 1.089)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

const all = Array.from({ length: COLOUR_COUNT }, (_, index) => boxRgb(index));

describe('box colours', () => {
  it.each(Object.keys(sights))('are at least 20 apart (CIE76) with %s sight', (sight) => {
    const seen = all.map(([r, g, b]) => {
      const [x, y, z] = times(sights[sight] ?? identity, [linear(r), linear(g), linear(b)]);
      const clip = (value: number): number => Math.min(1, Math.max(0, value));
      return lab([clip(x), clip(y), clip(z)]);
    });
    let least = Infinity;
    seen.forEach((a, i) =>
      seen.slice(i + 1).forEach((b) => {
        least = Math.min(least, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
      }),
    );
    expect(least).toBeGreaterThan(20);
  });

  it('carry a text that reads at 4.5 to 1 or better', () => {
    all.forEach((rgb, index) => {
      const ground = luminance(rgb);
      const text = textOn(index) === '#ffffff' ? 1 : 0;
      const [light, dark] = [Math.max(ground, text), Math.min(ground, text)];
      expect((light + 0.05) / (dark + 0.05)).toBeGreaterThan(4.5);
    });
  });

  it('stand out from the dark ground at 2.5 to 1 or better', () => {
    const ground = luminance([0x26, 0x28, 0x2d]);
    for (const rgb of all) {
      expect((luminance(rgb) + 0.05) / (ground + 0.05)).toBeGreaterThan(2.5);
    }
  });

  it('wrap around', () => {
    expect(boxColour(COLOUR_COUNT + 2)).toBe(boxColour(2));
    expect(boxColour(0, 0.5)).toBe('rgb(230 159 0 / 0.5)');
  });
});
