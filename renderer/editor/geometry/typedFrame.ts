import type { Box } from '../../../preload/contract/layout.ts';
import type { Size } from '../coordinates.ts';
import { clamp } from './rect.ts';

export const frameFields = ['x', 'y', 'width', 'height'] as const;
export type FrameField = (typeof frameFields)[number];

/** Place and size of a frame in whole image pixels. */
export function framePixels(frame: Box, image: Size): Readonly<Record<FrameField, number>> {
  const [x, y] = [Math.round(frame[0] * image.width), Math.round(frame[1] * image.height)];
  return {
    x,
    y,
    width: Math.round(frame[2] * image.width) - x,
    height: Math.round(frame[3] * image.height) - y,
  };
}

/** The smallest side that can be typed, in image pixels. */
const LEAST = 1;

/**
 * The frame with one number typed anew: a place moves it, a size moves its right or lower side. It stays inside of the image.
 *
 * @param value image pixels
 */
export function typedFrame(frame: Box, field: FrameField, value: number, image: Size): Box {
  const [x0, y0, x1, y1] = frame;
  switch (field) {
    case 'x': {
      const left = clamp(value / image.width, 0, 1 - (x1 - x0));
      return [left, y0, left + (x1 - x0), y1];
    }
    case 'y': {
      const top = clamp(value / image.height, 0, 1 - (y1 - y0));
      return [x0, top, x1, top + (y1 - y0)];
    }
    case 'width':
      return [x0, y0, clamp(x0 + Math.max(LEAST, value) / image.width, 0, 1), y1];
    case 'height':
      return [x0, y0, x1, clamp(y0 + Math.max(LEAST, value) / image.height, 0, 1)];
  }
}

/** Where a box of the old frame lies in the new one: as far from its sides, in shares of it. */
export function withinFrame(box: Box, from: Box, to: Box): Box {
  const along = (value: number, low: 0 | 1, high: 2 | 3): number =>
    to[low] + ((value - from[low]) / (from[high] - from[low])) * (to[high] - to[low]);
  return [along(box[0], 0, 2), along(box[1], 1, 3), along(box[2], 0, 2), along(box[3], 1, 3)];
}
