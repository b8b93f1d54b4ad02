import { colourOfBox, rgbOfBox } from '../../preload/contract/palette.ts';
import { maskContour } from './maskContour.ts';
import { smoothOutline } from './smoothOutline.ts';
import type { Loop } from './smoothOutline.ts';
import { maskBytes, maskValueAt, tintMask } from './maskPixels.ts';
import type { MaskBytes } from './maskPixels.ts';

/** What a run left (or is just making), to be shown under the boxes. */
export interface CanvasOverlay {
  /** Address of the picture (data:, blob: or the studio's own); null when there is none. */
  readonly image: string | null;
  /** Grey PNGs, white where the box's object is. */
  readonly masks: readonly { readonly boxId: string; readonly href: string }[];
  readonly show: 'image' | 'masks' | 'overlay' | 'cutouts';
  /** Box whose mask (and outline) is in the light. */
  readonly highlight: string | null;
  /** Boxes whose masks are tinted over the plain picture, too: the selection. */
  readonly selected?: readonly string[];
  /** false hides the boxes, so that the picture is seen alone. */
  readonly boxes?: boolean;
  /** Multiplies the opacity of the picture; 1 when left out. */
  readonly imageOpacity?: number;
}

interface Mask {
  readonly boxId: string;
  readonly bytes: MaskBytes;
  readonly tinted: HTMLCanvasElement;
  readonly outline: Outline;
}

/** The outline of a mask in shares of the image, to be stroked at any zoom. */
export interface Outline {
  readonly path: Path2D;
  readonly colour: string;
  /** Drawn as thin as can be seen: it shows where things are without taking the eye. */
  readonly thin: boolean;
}

/** What the overlay comes to: a picture over the paper, outlines over the picture. */
export interface Composed {
  readonly source: CanvasImageSource | null;
  readonly outlines: readonly Outline[];
  /** Parts of the picture are see-through: a chequered ground shows which. */
  readonly chequered: boolean;
}

const NOTHING: Composed = { source: null, outlines: [], chequered: false };

/** Pictures of the overlay, decoded; composed into one canvas at the picture's own size. */
export class OverlayPictures {
  readonly #changed: () => void;
  #overlay: CanvasOverlay | null = null;
  #colours: ReadonlyMap<string, number> = new Map();
  #image: HTMLImageElement | null = null;
  #masks: readonly Mask[] = [];
  #started = 0;
  #loaded = 0;

  /** @param changed called when pictures have been decoded and something new can be drawn */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Takes another overlay; the old pictures stay until the new ones are decoded, so that nothing flickers. */
  set(overlay: CanvasOverlay | null, colours: ReadonlyMap<string, number>): void {
    const stale = !samePictures(this.#overlay, overlay) || !sameColours(overlay, this.#colours, colours);
    this.#overlay = overlay;
    this.#colours = colours;
    if (stale) {
      this.#started += 1;
      void this.#load(overlay, colours, this.#started);
    }
  }

  async #load(
    overlay: CanvasOverlay | null,
    colours: ReadonlyMap<string, number>,
    generation: number,
  ): Promise<void> {
    const [image, ...masks] = await Promise.all([
      overlay?.image ? decode(overlay.image) : null,
      ...(overlay?.masks ?? []).map(async ({ boxId, href }, index): Promise<Mask | null> => {
        const grey = await decode(href);
        return grey && toMask(boxId, grey, colours.get(boxId) ?? index);
      }),
    ]);
    // Steps may come faster than they are decoded: whatever is newer than what is shown is shown.
    if (generation < this.#loaded) {
      return;
    }
    this.#loaded = generation;
    this.#image = image;
    this.#masks = masks.filter((mask) => mask !== null);
    this.#changed();
  }

  /** What to draw over the paper. */
  compose(): Composed {
    const overlay = this.#overlay;
    if (overlay === null) {
      return NOTHING;
    }
    const { show, highlight } = overlay;
    if (show === 'image') {
      return this.#composePlain(overlay);
    }
    const lit = this.#masks.filter(({ boxId }) => boxId === highlight);
    const outlined = lit.length > 0 ? lit : show === 'overlay' ? this.#masks : [];
    const outlines = outlined.map(({ outline }) => outline);
    if (this.#masks.length === 0) {
      return { source: show === 'masks' ? null : this.#image, outlines, chequered: false };
    }
    const [first] = this.#masks;
    const width = this.#image?.naturalWidth ?? first?.tinted.width ?? 1;
    const height = this.#image?.naturalHeight ?? first?.tinted.height ?? 1;
    const { canvas, context } = scratch(width, height);
    if (show === 'cutouts') {
      this.#drawMasks(context, width, height, highlight, 1, 0.12);
      if (this.#image) {
        context.globalAlpha = 1;
        context.globalCompositeOperation = 'source-in';
        context.drawImage(this.#image, 0, 0, width, height);
      }
      return { source: canvas, outlines: [], chequered: true };
    }
    if (show === 'overlay' && this.#image) {
      context.drawImage(this.#image, 0, 0, width, height);
    }
    const strength = show === 'masks' ? 0.9 : 0.35;
    this.#drawMasks(context, width, height, highlight, strength, strength / 4);
    return { source: canvas, outlines: show === 'masks' ? [] : outlines, chequered: false };
  }

  /** The picture in its own colours, a thin outline round everything, and a tint on what is pointed at or selected. */
  #composePlain({ highlight, selected = [], boxes = true }: CanvasOverlay): Composed {
    const tinted = this.#masks.filter(({ boxId }) => boxId === highlight || selected.includes(boxId));
    const outlines = (boxes ? this.#masks : tinted).map((mask) => ({
      ...mask.outline,
      thin: !tinted.includes(mask),
    }));
    const image = this.#image;
    if (image === null || tinted.length === 0) {
      return { source: image, outlines, chequered: false };
    }
    const { naturalWidth: width, naturalHeight: height } = image;
    const { canvas, context } = scratch(width, height);
    context.drawImage(image, 0, 0, width, height);
    context.globalAlpha = 0.35;
    for (const mask of tinted) {
      context.drawImage(mask.tinted, 0, 0, width, height);
    }
    return { source: canvas, outlines, chequered: false };
  }

  #drawMasks(
    context: CanvasRenderingContext2D,
    width: number,
    height: number,
    highlight: string | null,
    lit: number,
    dim: number,
  ): void {
    const some = this.#masks.some(({ boxId }) => boxId === highlight);
    for (const { boxId, tinted } of this.#masks) {
      context.globalAlpha = !some || boxId === highlight ? lit : dim;
      context.drawImage(tinted, 0, 0, width, height);
    }
  }

  /** The box whose mask is strongest at a place (shares), or null where there is none. */
  boxAt(x: number, y: number): string | null {
    let best: { boxId: string; value: number } | null = null;
    for (const { boxId, bytes } of this.#masks) {
      const value = maskValueAt(bytes, x, y);
      if (value > 127 && value > (best?.value ?? 0)) {
        best = { boxId, value };
      }
    }
    return best?.boxId ?? null;
  }
}

function samePictures(a: CanvasOverlay | null, b: CanvasOverlay | null): boolean {
  const left = a?.masks ?? [];
  const right = b?.masks ?? [];
  return (
    a === b ||
    (a?.image === b?.image &&
      left.length === right.length &&
      left.every(({ boxId, href }, index) => boxId === right[index]?.boxId && href === right[index]?.href))
  );
}

function sameColours(
  overlay: CanvasOverlay | null,
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
): boolean {
  return (overlay?.masks ?? []).every(({ boxId }) => a.get(boxId) === b.get(boxId));
}

/** A decoded picture, or null when it cannot be shown: a broken preview must not stop the canvas. */
export async function decode(href: string): Promise<HTMLImageElement | null> {
  const image = new Image();
  image.src = href;
  try {
    await image.decode();
    return image;
  } catch {
    return null;
  }
}

function scratch(
  width: number,
  height: number,
): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) {
    throw new Error('The browser gives no 2D drawing context; free memory or close other tabs.');
  }
  return { canvas, context };
}

function toMask(boxId: string, grey: HTMLImageElement, colour: number): Mask {
  const width = grey.naturalWidth;
  const height = grey.naturalHeight;
  const { canvas, context } = scratch(width, height);
  context.drawImage(grey, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  context.putImageData(new ImageData(tintMask(data, rgbOfBox(colour)), width, height), 0, 0);
  const bytes = maskBytes(data, width, height);
  return {
    boxId,
    bytes,
    tinted: canvas,
    outline: { path: toPath(smoothOutline(maskContour(bytes))), colour: colourOfBox(colour), thin: false },
  };
}

/** Curves through the middles between neighbouring points, which bend at the points. */
function toPath(loops: readonly Loop[]): Path2D {
  const path = new Path2D();
  for (const loop of loops) {
    const { length } = loop;
    const middle = (at: number): [number, number] => [
      ((loop[at % length] ?? 0) + (loop[(at + 2) % length] ?? 0)) / 2,
      ((loop[(at + 1) % length] ?? 0) + (loop[(at + 3) % length] ?? 0)) / 2,
    ];
    path.moveTo(...middle(length - 2));
    for (let at = 0; at < length; at += 2) {
      path.quadraticCurveTo(loop[at] ?? 0, loop[at + 1] ?? 0, ...middle(at));
    }
    path.closePath();
  }
  return path;
}
