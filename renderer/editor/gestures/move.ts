import { clampMove, toPixel, translate } from '../geometry/rect.ts';
import { guidesFor, snapShift } from '../geometry/snap.ts';
import type { PointerInput } from '../input.ts';
import { FrameGesture } from './frameGesture.ts';
import type { GestureContext } from './gesture.ts';
import { reach, snaps } from './snapping.ts';

/** Moves the selection; Shift keeps it on one axis. */
export class MoveGesture extends FrameGesture {
  readonly kind = 'move';
  readonly cursor = 'move';

  constructor(editor: GestureContext, press: PointerInput) {
    super(editor, press, 'step.move');
  }

  onPointerMove(input: PointerInput): void {
    const state = this.editor.getSnapshot();
    const { document } = state;
    const from = this.editor.toShare(this.press.point);
    const to = this.editor.toShare(input.point);
    let dx = to.x - from.x;
    let dy = to.y - from.y;
    const axes = { x: true, y: true };
    if (input.modifiers.shift) {
      const horizontal = Math.abs(dx) * document.width >= Math.abs(dy) * document.height;
      axes.x = horizontal;
      axes.y = !horizontal;
    }
    ({ dx, dy } = clampMove(this.frame, axes.x ? dx : 0, axes.y ? dy : 0));
    const [x0, y0, x1, y1] = this.frame;
    const on = snaps(state, input);
    const near = reach(state);
    const shiftX =
      on && axes.x ? snapShift(this.lines, 'x', [x0 + dx, (x0 + x1) / 2 + dx, x1 + dx], near.x) : null;
    const shiftY =
      on && axes.y ? snapShift(this.lines, 'y', [y0 + dy, (y0 + y1) / 2 + dy, y1 + dy], near.y) : null;
    dx = shiftX === null ? toPixel(dx, document.width) : dx + shiftX;
    dy = shiftY === null ? toPixel(dy, document.height) : dy + shiftY;
    ({ dx, dy } = clampMove(this.frame, dx, dy));
    this.place((box) => translate(box, dx, dy));
    this.editor.show({ guides: on ? guidesFor(this.lines, translate(this.frame, dx, dy), axes) : [] });
  }
}
