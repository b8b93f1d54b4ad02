import { subjectsOf } from '../../../preload/contract/instances.ts';
import type { GenerationRequest } from '../../../preload/contract/request.ts';
import type { BoxResult } from '../../../preload/contract/result.ts';
import { areaOfMask, boxOfMask, encodeRle, iouOfBoxes } from '../masks/rle.ts';

/** What result.json says of each box or instance: its mask's area, tight box and RLE, and how well that fits the box. */
export function boxResults(request: GenerationRequest, masks: readonly Uint8Array[]): BoxResult[] {
  const { width, height } = request;
  return subjectsOf(request).map(({ id, phrase, box: [x0, y0, x1, y1] }, k) => {
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
      boxIou: request.boxes.length === 0 ? null : bbox ? iouOfBoxes(bbox, asked) : 0,
    };
  });
}
