import type { Box } from '../../preload/contract/layout.ts';
import { shareToScreen, sharePoint } from './coordinates.ts';
import type { ScreenPoint, SharePoint, Size, Viewport } from './coordinates.ts';
import type { LayoutDocument } from './document.ts';
import { contains } from './geometry/rect.ts';
import type { Handle } from './geometry/resize.ts';

/** Ids of the boxes under a point, topmost first; locked and hidden boxes are not there. */
export function boxesAt(document: LayoutDocument, point: SharePoint): string[] {
  return document.boxes
    .filter(({ box, locked, hidden }) => !locked && !hidden && contains(box, point))
    .map(({ id }) => id)
    .reverse();
}

/** The box below the current one in a pile, from the bottom around to the top. */
export function nextBelow(pile: readonly string[], current: string | undefined): string | undefined {
  const index = current === undefined ? -1 : pile.indexOf(current);
  return pile[(index + 1) % pile.length];
}

/** Reach of a handle outside the frame, in screen pixels. */
const OUTSIDE = 8;
/** Along the sides between the corners. */
const SIDE = 5;

/**
 * The handle of a frame under a point of the screen, or null. Inside small frames the handles give way,
 * so that there is always something left to drag the box by.
 */
export function handleAt(frame: Box, point: ScreenPoint, viewport: Viewport, image: Size): Handle | null {
  const low = shareToScreen(sharePoint(frame[0], frame[1]), viewport, image);
  const high = shareToScreen(sharePoint(frame[2], frame[3]), viewport, image);
  const insideX = Math.min(OUTSIDE, (high.x - low.x) / 4);
  const insideY = Math.min(OUTSIDE, (high.y - low.y) / 4);
  const near = (value: number, edge: number, before: number, after: number): boolean =>
    value >= edge - before && value <= edge + after;
  const west = near(point.x, low.x, OUTSIDE, insideX);
  const east = near(point.x, high.x, insideX, OUTSIDE);
  const north = near(point.y, low.y, OUTSIDE, insideY);
  const south = near(point.y, high.y, insideY, OUTSIDE);
  if (north || south) {
    if (west || east) {
      return `${north ? 'n' : 's'}${west ? 'w' : 'e'}`;
    }
  }
  const withinX = point.x > low.x && point.x < high.x;
  const withinY = point.y > low.y && point.y < high.y;
  if (withinX && near(point.y, low.y, SIDE, Math.min(SIDE, insideY))) {
    return 'n';
  }
  if (withinX && near(point.y, high.y, Math.min(SIDE, insideY), SIDE)) {
    return 's';
  }
  if (withinY && near(point.x, low.x, SIDE, Math.min(SIDE, insideX))) {
    return 'w';
  }
  if (withinY && near(point.x, high.x, Math.min(SIDE, insideX), SIDE)) {
    return 'e';
  }
  return null;
}
