import type { Box } from '../../../preload/contract/layout.ts';
import type { Rgb } from '../../../preload/contract/palette.ts';

export interface OverlayInput {
  /** RGB, 8 bits, row-major. */
  image: Uint8Array;
  width: number;
  height: number;
  /** 0 = background, k + 1 = box k. */
  owner: Uint8Array;
  boxes: readonly Box[];
  colourOf: (box: number) => Rgb;
  /** Share of the tint inside a mask, 0..1. */
  tint?: number;
}

/**
 * The image with every mask tinted in its box's colour and outlined, and the boxes drawn over it.
 *
 * @returns RGBA, 8 bits, opaque
 */
export function drawOverlay(input: OverlayInput): Uint8Array {
  const { image, width, height, owner, boxes, colourOf, tint = 0.45 } = input;
  const out = new Uint8Array(width * height * 4);
  const colours = boxes.map((_, k) => colourOf(k));
  const paint = (p: number, colour: Rgb | undefined, share: number): void => {
    colour?.forEach((value, c) => {
      out[4 * p + c] = Math.round((out[4 * p + c] ?? 0) * (1 - share) + value * share);
    });
  };
  for (let p = 0; p < owner.length; p++) {
    for (let c = 0; c < 3; c++) out[4 * p + c] = image[3 * p + c] ?? 0;
    out[4 * p + 3] = 255;
    const who = owner[p] ?? 0;
    if (who === 0) continue;
    const x = p % width;
    const inner =
      (x === 0 || owner[p - 1] === who) &&
      (x === width - 1 || owner[p + 1] === who) &&
      (p < width || owner[p - width] === who) &&
      (p >= owner.length - width || owner[p + width] === who);
    paint(p, colours[who - 1], inner ? tint : 1);
  }
  const line = Math.max(1, Math.round(Math.min(width, height) / 256));
  boxes.forEach(([x0, y0, x1, y1], k) => {
    const left = Math.round(x0 * width);
    const top = Math.round(y0 * height);
    const right = Math.min(width, Math.round(x1 * width));
    const bottom = Math.min(height, Math.round(y1 * height));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const onEdge = x < left + line || x >= right - line || y < top + line || y >= bottom - line;
        if (onEdge) paint(y * width + x, colours[k], 0.9);
      }
    }
  });
  return out;
}
