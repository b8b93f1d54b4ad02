import type { Box } from '../../../preload/contract/layout.ts';
import type { SharePoint, Size } from '../coordinates.ts';

/** Boxes are [x0, y0, x1, y1] as shares of the image with x0 < x1 and y0 < y1. */

export const width = (box: Box): number => box[2] - box[0];
export const height = (box: Box): number => box[3] - box[1];
export const area = (box: Box): number => width(box) * height(box);

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), high);

/** Shares are kept to six decimals: far below a pixel, and readable in files. */
export function tidy(share: number): number {
  return clamp(Math.round(share * 1e6) / 1e6, 0, 1);
}

/** The smallest side that survives rounding. */
const LEAST = 1e-6;

function tidyRange(low: number, high: number): [number, number] {
  const start = Math.min(tidy(low), 1 - LEAST);
  return [start, Math.max(tidy(high), start + LEAST)];
}

/** A box within the image with a positive area, to six decimals. */
export function tidyBox(box: Box): Box {
  const [x0, x1] = tidyRange(box[0], box[2]);
  const [y0, y1] = tidyRange(box[1], box[3]);
  return [x0, y0, x1, y1];
}

/** The box between two corners in any order; its area may be zero. */
export function boxBetween(a: SharePoint, b: SharePoint): Box {
  return [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
}

export function contains(box: Box, point: SharePoint): boolean {
  return point.x >= box[0] && point.x <= box[2] && point.y >= box[1] && point.y <= box[3];
}

export function intersects(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

/** The smallest box around all of them, or null for none. */
export function bounds(boxes: readonly Box[]): Box | null {
  const [first, ...rest] = boxes;
  if (first === undefined) {
    return null;
  }
  return rest.reduce<Box>(
    (all, box) => [
      Math.min(all[0], box[0]),
      Math.min(all[1], box[1]),
      Math.max(all[2], box[2]),
      Math.max(all[3], box[3]),
    ],
    first,
  );
}

/** Intersection over union, 0..1. */
export function iou(a: Box, b: Box): number {
  const overlapWidth = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const overlapHeight = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (overlapWidth <= 0 || overlapHeight <= 0) {
    return 0;
  }
  const overlap = overlapWidth * overlapHeight;
  return overlap / (area(a) + area(b) - overlap);
}

/** The nearest whole image pixel, as a share. */
export function toPixel(share: number, side: number): number {
  return Math.round(share * side) / side;
}

export function toPixelPoint(point: SharePoint, image: Size): SharePoint {
  return { ...point, x: toPixel(point.x, image.width), y: toPixel(point.y, image.height) };
}

/** A move, shortened so that `box` stays inside the image. */
export function clampMove(box: Box, dx: number, dy: number): { dx: number; dy: number } {
  return { dx: clamp(dx, -box[0], 1 - box[2]), dy: clamp(dy, -box[1], 1 - box[3]) };
}

/** Moves a box; the caller has clamped the move. Width and height stay the same to the sixth decimal. */
export function translate(box: Box, dx: number, dy: number): Box {
  return tidyBox([box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy]);
}
