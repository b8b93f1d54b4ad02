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

/** How far a size is from a ratio: 0 where it has it. */
function farFrom(aspect: Aspect, { width, height }: Size): number {
  const [across = 1, down = 1] = aspect.split(':').map(Number);
  return Math.abs(Math.log((width / height / across) * down));
}

/**
 * The sizes for a model. Where several ratios come to the same size, as they do for small models, it is called by the
 * one that is nearest.
 * @param native the size that the model was trained at
 * @param multiple what sides must be multiples of: 64 for Stable Diffusion's latents and three halvings
 */
export function sizePresets(native: Size, multiple: number): SizePreset[] {
  const base = Math.sqrt(native.width * native.height);
  const presets = aspects.map((aspect): SizePreset => {
    const [across = 1, down = 1] = aspect.split(':').map(Number);
    return { aspect, ...sizeFor(across / down, base, multiple) };
  });
  const same = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;
  return presets.filter((preset) =>
    presets.every(
      (other) =>
        other === preset ||
        !same(preset, other) ||
        farFrom(preset.aspect, preset) < farFrom(other.aspect, other),
    ),
  );
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
