/** Red, green, blue, 0..255 (sRGB). */
export type Rgb = readonly [number, number, number];

/**
 * One colour per box, 30 of them. The first seven are Okabe and Ito's; each further one was chosen as the sRGB colour
 * farthest from all before it (Oklab distance, the least over normal vision, protanopia, deuteranopia and tritanopia
 * after Machado et al. 2009). tests/preload/palette.test.ts measures the distances. Nobody tells 30 colours apart at a
 * glance: numbers stand beside them wherever they are shown.
 */
export const instanceColours: readonly string[] = [
  '#e69f00',
  '#0072b2',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#5a0f00',
  '#000096',
  '#96ffff',
  '#784b4b',
  '#a569ff',
  '#3c00e1',
  '#a5d2a5',
  '#b42d87',
  '#4b2d4b',
  '#c3f0b4',
  '#96b487',
  '#782d00',
  '#69d2ff',
  '#692da5',
  '#872dff',
  '#e1c35a',
  '#960f78',
  '#965a3c',
  '#d20fc3',
  '#8796ff',
  '#3c0f69',
  '#d296c3',
  '#a5e1f0',
];

/** Colour of the box at `index` as #rrggbb; the palette repeats after 30. */
export function colourOfBox(index: number): string {
  return instanceColours[index % instanceColours.length] ?? '#e69f00';
}

/** The same as numbers. */
export function rgbOfBox(index: number): Rgb {
  const value = Number.parseInt(colourOfBox(index).slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
