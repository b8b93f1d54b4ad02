import { sharePoint } from '../coordinates.ts';
import { height, toPixel, width } from '../geometry/rect.ts';
import { applyScaling, handleSign, resizeScaling } from '../geometry/resize.ts';
import type { Handle } from '../geometry/resize.ts';
import { guidesFor, snapShift } from '../geometry/snap.ts';
import type { PointerInput } from '../input.ts';
import { FrameGesture } from './frameGesture.ts';
import type { GestureContext } from './gesture.ts';
import { minSide, reach, snaps } from './snapping.ts';

export const resizeCursors: Readonly<Record<Handle, string>> = {
  nw: 'nwse-resize',
  n: 'ns-resize',
  ne: 'nesw-resize',
  e: 'ew-resize',
  se: 'nwse-resize',
  s: 'ns-resize',
  sw: 'nesw-resize',
  w: 'ew-resize',
};

/** Resizes the selection by one handle of the frame around it; Shift keeps the ratio of the sides. */
export class ResizeGesture extends FrameGesture {
  readonly kind = 'resize';
  readonly cursor: string;
  readonly #handle: Handle;

  constructor(editor: GestureContext, press: PointerInput, handle: Handle) {
    super(editor, press, 'step.resize');
    this.#handle = handle;
    this.cursor = resizeCursors[handle];
  }

  onPointerMove(input: PointerInput): void {
    const state = this.editor.getSnapshot();
    const { document } = state;
    const sign = handleSign(this.#handle);
    const from = this.editor.toShare(this.press.point);
    const to = this.editor.toShare(input.point);
    // The edge moves as far as the pointer does, wherever on the handle it was taken.
    const edgeX = (sign.x === -1 ? this.frame[0] : this.frame[2]) + to.x - from.x;
    const edgeY = (sign.y === -1 ? this.frame[1] : this.frame[3]) + to.y - from.y;
    const { shift } = input.modifiers;
    const on = snaps(state, input) && !shift;
    const near = reach(state);
    const shiftX = on && sign.x !== 0 ? snapShift(this.lines, 'x', [edgeX], near.x) : null;
    const shiftY = on && sign.y !== 0 ? snapShift(this.lines, 'y', [edgeY], near.y) : null;
    const target = sharePoint(
      shiftX === null ? toPixel(edgeX, document.width) : edgeX + shiftX,
      shiftY === null ? toPixel(edgeY, document.height) : edgeY + shiftY,
    );
    const least = minSide(state);
    const scaling = resizeScaling(
      this.frame,
      this.#handle,
      target,
      { keepAspect: shift, minWidth: least.width, minHeight: least.height },
      {
        width: Math.min(...this.boxes.map(({ box }) => width(box))),
        height: Math.min(...this.boxes.map(({ box }) => height(box))),
      },
    );
    this.place((box) => applyScaling(box, scaling));
    const frame = applyScaling(this.frame, scaling);
    this.editor.show({
      guides: on ? guidesFor(this.lines, frame, { x: sign.x !== 0, y: sign.y !== 0 }) : [],
    });
  }
}
