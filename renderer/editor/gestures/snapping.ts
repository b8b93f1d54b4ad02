import type { Box } from '../../../preload/contract/layout.ts';
import { sizeOf } from '../document.ts';
import { snapLines } from '../geometry/snap.ts';
import type { SnapLines } from '../geometry/snap.ts';
import type { PointerInput } from '../input.ts';
import type { EditorState } from '../state.ts';

/** Lines attract within this many screen pixels. */
const REACH = 6;

/** Smallest side that a gesture makes, in image pixels. */
const MIN_SIDE = 4;

/** How far lines attract along each axis, in shares of the image. */
export function reach(state: EditorState): { x: number; y: number } {
  const { width, height } = sizeOf(state.document);
  return { x: REACH / (state.viewport.zoom * width), y: REACH / (state.viewport.zoom * height) };
}

export function minSide(state: EditorState): { width: number; height: number } {
  const { width, height } = sizeOf(state.document);
  return { width: MIN_SIDE / width, height: MIN_SIDE / height };
}

/** Alt lets go of the lines for as long as it is held. */
export function snaps(state: EditorState, input: PointerInput): boolean {
  return state.snapping && !input.modifiers.alt;
}

/** Lines of the image and of the boxes in sight that the gesture does not move. */
export function linesWithout(state: EditorState, moving: ReadonlySet<string>): SnapLines {
  const still = state.document.boxes.filter(({ id, hidden }) => !hidden && !moving.has(id));
  return snapLines(still.map(({ box }): Box => box));
}
