import type { Box } from '../../../preload/contract/layout.ts';
import type { DocumentBox } from '../../../preload/contract/project.ts';
import { placeBoxes } from '../document.ts';
import { bounds, clampMove, toPixel, translate } from '../geometry/rect.ts';
import { guidesFor, snapShift } from '../geometry/snap.ts';
import type { SnapLines } from '../geometry/snap.ts';
import type { Mark } from '../history.ts';
import type { PointerInput } from '../input.ts';
import { movableBoxes } from '../selection.ts';
import type { Gesture, GestureContext } from './gesture.ts';
import { linesWithout, reach, snaps } from './snapping.ts';

/** Moves the selection; Shift keeps it on one axis. Positions always follow from where the drag began. */
export class MoveGesture implements Gesture {
  readonly kind = 'move';
  readonly cursor = 'move';
  readonly #editor: GestureContext;
  readonly #press: PointerInput;
  #boxes: readonly DocumentBox[] = [];
  #frame: Box = [0, 0, 0, 0];
  #lines: SnapLines = [];
  #mark: Mark | null = null;

  constructor(editor: GestureContext, press: PointerInput) {
    this.#editor = editor;
    this.#press = press;
  }

  onEnter(): void {
    const state = this.#editor.getSnapshot();
    this.#boxes = movableBoxes(state.document, state.selection);
    this.#frame = bounds(this.#boxes.map(({ box }) => box)) ?? [0, 0, 0, 0];
    this.#lines = linesWithout(state, new Set(this.#boxes.map(({ id }) => id)));
    this.#mark = this.#editor.mark('step.move');
  }

  onPointerMove(input: PointerInput): void {
    const state = this.#editor.getSnapshot();
    const { document } = state;
    const from = this.#editor.toShare(this.#press.point);
    const to = this.#editor.toShare(input.point);
    let dx = to.x - from.x;
    let dy = to.y - from.y;
    const axes = { x: true, y: true };
    if (input.modifiers.shift) {
      const horizontal = Math.abs(dx) * document.width >= Math.abs(dy) * document.height;
      axes.x = horizontal;
      axes.y = !horizontal;
    }
    ({ dx, dy } = clampMove(this.#frame, axes.x ? dx : 0, axes.y ? dy : 0));
    const [x0, y0, x1, y1] = this.#frame;
    const on = snaps(state, input);
    const near = reach(state);
    const shiftX =
      on && axes.x ? snapShift(this.#lines, 'x', [x0 + dx, (x0 + x1) / 2 + dx, x1 + dx], near.x) : null;
    const shiftY =
      on && axes.y ? snapShift(this.#lines, 'y', [y0 + dy, (y0 + y1) / 2 + dy, y1 + dy], near.y) : null;
    dx = shiftX === null ? toPixel(dx, document.width) : dx + shiftX;
    dy = shiftY === null ? toPixel(dy, document.height) : dy + shiftY;
    ({ dx, dy } = clampMove(this.#frame, dx, dy));
    this.#editor.update(
      placeBoxes(document, new Map(this.#boxes.map(({ id, box }) => [id, translate(box, dx, dy)]))),
    );
    this.#editor.show({ guides: on ? guidesFor(this.#lines, translate(this.#frame, dx, dy), axes) : [] });
  }

  onComplete(input: PointerInput): void {
    this.onPointerMove(input);
    if (this.#mark) {
      this.#editor.commit(this.#mark);
    }
  }

  onCancel(): void {
    if (this.#mark) {
      this.#editor.bailToMark(this.#mark);
    }
  }
}
