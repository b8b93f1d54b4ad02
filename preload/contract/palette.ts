/** Red, green, blue, 0..255 (sRGB). */
export type Rgb = readonly [number, number, number];

/**
 * One colour per box, as many as a layout can have boxes: the same on the canvas, in the layer list, in overlays and
 * in exports. The first ten were found by a search that kept every two of them apart for normal sight and for
 * protanopia, deuteranopia and tritanopia (Machado et al. 2009); each further one is the sRGB colour farthest from all
 * before it (Oklab, the least over those four) that still stands out from the dark canvas and is not nearly white.
 * tests/preload/palette.test.ts measures the distances. Nobody tells 30 colours apart at a glance: numbers and phrases
 * stand beside them wherever they are shown.
 */
const palette: readonly `#${string}`[] = [
  '#e69f00',
  '#7fa8fa',
  '#1ddb71',
  '#9d5efa',
  '#dd4628',
  '#e7f76c',
  '#5662b1',
  '#aff1c1',
  '#b2b0d1',
  '#ac8984',
  '#a51e5a',
  '#5a87c3',
  '#7800e1',
  '#ffc3ff',
  '#966978',
  '#a5d2c3',
  '#e1784b',
  '#874b00',
  '#784b87',
  '#8787f0',
  '#a596c3',
  '#c3e100',
  '#c3a596',
  '#c32d4b',
  '#4b4ba5',
  '#7869d2',
  '#5af087',
  '#d2b4ff',
  '#961eff',
  '#b469a5',
];

/** Colours before the palette repeats. */
export const COLOUR_COUNT = palette.length;

/** Colour of a box's colour index as #rrggbb, or as #rrggbbaa when it is translucent (alpha 0..1). */
export function colourOfBox(index: number, alpha = 1): string {
  const opaque = palette[index % COLOUR_COUNT] ?? '#e69f00';
  const byte = Math.round(alpha * 255);
  return byte === 255 ? opaque : `${opaque}${byte.toString(16).padStart(2, '0')}`;
}

/** The same as numbers. */
export function rgbOfBox(index: number): Rgb {
  const value = Number.parseInt(colourOfBox(index).slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Relative luminance, 0..1 (WCAG 2). */
export function luminance([r, g, b]: Rgb): number {
  const linear = (byte: number): number => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Contrast ratio of two colours, 1..21 (WCAG 2). */
export function contrast(a: Rgb, b: Rgb): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Black or white: whichever reads better on a box's colour. */
export function textOnBox(index: number): '#000000' | '#ffffff' {
  const rgb = rgbOfBox(index);
  return contrast(rgb, [0, 0, 0]) >= contrast(rgb, [255, 255, 255]) ? '#000000' : '#ffffff';
}
