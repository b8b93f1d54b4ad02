import { COLOUR_COUNT } from '../editor/document.ts';

/**
 * Box colours as sRGB bytes. Found by a search that kept every two of them apart for normal sight and for
 * protanopia, deuteranopia and tritanopia (Machado et al. 2009); tests/renderer/canvas/palette.test.ts
 * measures the distances. The panels use the same colours: layer list, words of the caption, chart.
 */
const colours: readonly (readonly [number, number, number])[] = [
  [0xe6, 0x9f, 0x00],
  [0x7f, 0xa8, 0xfa],
  [0x1d, 0xdb, 0x71],
  [0x9d, 0x5e, 0xfa],
  [0xdd, 0x46, 0x28],
  [0xe7, 0xf7, 0x6c],
  [0x56, 0x62, 0xb1],
  [0xaf, 0xf1, 0xc1],
  [0xb2, 0xb0, 0xd1],
  [0xac, 0x89, 0x84],
];

/** Red, green and blue, 0..255, of a box's colour index; the palette wraps around. */
export function boxRgb(index: number): readonly [number, number, number] {
  return colours[index % COLOUR_COUNT] ?? [255, 255, 255];
}

/** CSS colour of a box, optionally translucent (alpha 0..1). */
export function boxColour(index: number, alpha = 1): string {
  const [r, g, b] = boxRgb(index);
  return alpha === 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${alpha})`;
}

/** Relative luminance, 0..1 (WCAG 2). */
export function luminance([r, g, b]: readonly [number, number, number]): number {
  const linear = (byte: number): number => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Black or white: whichever reads better on a box's colour. */
export function textOn(index: number): string {
  const y = luminance(boxRgb(index));
  return (y + 0.05) / 0.05 >= 1.05 / (y + 0.05) ? '#000000' : '#ffffff';
}
