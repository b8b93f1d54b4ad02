import type { Size } from '../coordinates.ts';
import { setSize } from '../document.ts';
import type { Command } from './command.ts';

/** Ratios of width to height that presets are made for. */
export const aspects = ['1:1', '4:3', '3:4', '3:2', '2:3', '16:9', '9:16'] as const;
export type Aspect = (typeof aspects)[number];

export interface SizePreset extends Size {
  readonly aspect: Aspect;
}

const MIN_SIDE = 64;
const MAX_SIDE = 2048;

/**
 * The size of a given ratio with about as many pixels as a square of `base`, its sides multiples of
 * `multiple` and within what a request may have.
 * @param ratio width over height
 */
export function sizeFor(ratio: number, base: number, multiple: number): Size {
  const side = (pixels: number): number => {
    const low = Math.ceil(MIN_SIDE / multiple);
    const high = Math.floor(MAX_SIDE / multiple);
    return multiple * Math.min(high, Math.max(low, Math.round(pixels / multiple)));
  };
  return { width: side(base * Math.sqrt(ratio)), height: side(base / Math.sqrt(ratio)) };
}

/**
 * One preset per ratio for a model; ratios that come to the same size are left out.
 * @param base the side that the model was trained at
 * @param multiple what sides must be multiples of: 8, or 64 for U-Nets with three down-samplings
 */
export function sizePresets(base: number, multiple: number): SizePreset[] {
  const seen = new Set<string>();
  return aspects.flatMap((aspect) => {
    const [across = 1, down = 1] = aspect.split(':').map(Number);
    const size = sizeFor(across / down, base, multiple);
    const key = `${size.width}x${size.height}`;
    if (seen.has(key)) {
      return [];
    }
    seen.add(key);
    return [{ aspect, ...size }];
  });
}

/** A command per preset; boxes keep their shares of the image. */
export function sizeCommands(presets: readonly SizePreset[]): Command[] {
  return presets.map(({ aspect, width, height }): Command => ({
    id: `size.${aspect}`,
    label: 'command.size',
    labelValues: { aspect, width, height },
    group: 'arrange',
    shortcuts: [],
    enabled: () => true,
    checked: (editor) => {
      const { document } = editor.getSnapshot();
      return document.width === width && document.height === height;
    },
    run: (editor) => editor.edit('step.size', (document) => setSize(document, { width, height })),
  }));
}
