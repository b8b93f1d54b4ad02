import { subjectsOf } from './instances.ts';
import type { Box } from './layout.ts';
import type { GenerationResult } from './result.ts';

/** A box in pixels, [x, y, width, height], as shares of an image. */
export function boxOfPixels(
  [x, y, width, height]: readonly [number, number, number, number],
  size: { readonly width: number; readonly height: number },
): Box {
  return [
    x / size.width,
    y / size.height,
    Math.min(1, (x + width) / size.width),
    Math.min(1, (y + height) / size.height),
  ];
}

/**
 * The boxes of a result, in the order of its masks: those of its layout, or without one the masks' own. Null where such a
 * mask is empty.
 */
export function boxesOfResult({
  request,
  boxes,
}: Pick<GenerationResult, 'request' | 'boxes'>): (Box | null)[] {
  if (request.boxes.length > 0) return request.boxes.map(({ box }) => box);
  return subjectsOf(request).map(({ id }) => {
    const bbox = boxes.find((found) => found.id === id)?.bbox ?? null;
    return bbox === null ? null : boxOfPixels(bbox, request);
  });
}
