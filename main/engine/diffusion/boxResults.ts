import type { LayoutBox } from '../../../preload/contract/layout.ts';
import type { BoxResult } from '../../../preload/contract/result.ts';
import { areaOfMask, boxOfMask, encodeRle, iouOfBoxes } from '../masks/rle.ts';

/** What result.json says of each box: its mask's area, tight box and RLE, and how well that fits the box. */
export function boxResults(
  boxes: readonly LayoutBox[],
  masks: readonly Uint8Array[],
  width: number,
  height: number,
): BoxResult[] {
  return boxes.map(({ id, phrase, box: [x0, y0, x1, y1] }, k) => {
    const mask = masks[k] ?? new Uint8Array(width * height);
    const bbox = boxOfMask(mask, width, height);
    const asked: [number, number, number, number] = [
      x0 * width,
      y0 * height,
      (x1 - x0) * width,
      (y1 - y0) * height,
    ];
    return {
      id,
      phrase,
      area: areaOfMask(mask),
      bbox,
      rle: encodeRle(mask, width, height),
      boxIou: bbox ? iouOfBoxes(bbox, asked) : 0,
    };
  });
}
