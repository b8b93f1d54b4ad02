import type { Box } from '../../preload/contract/layout.ts';
import type { Size, Viewport } from '../editor/coordinates.ts';

/** A rectangle in CSS pixels of the canvas. */
export interface ScreenRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a box lies on the screen; its edges on whole pixels, so that lines are sharp. */
export function toScreenRect(box: Box, viewport: Viewport, image: Size): ScreenRect {
  const at = (share: number, side: number, from: number): number =>
    Math.round(from + share * side * viewport.zoom);
  const x = at(box[0], image.width, viewport.x);
  const y = at(box[1], image.height, viewport.y);
  return {
    x,
    y,
    width: Math.max(1, at(box[2], image.width, viewport.x) - x),
    height: Math.max(1, at(box[3], image.height, viewport.y) - y),
  };
}
