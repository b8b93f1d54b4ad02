import type { Box } from '../../../preload/contract/layout.ts';
import { sharePoint } from '../coordinates.ts';
import type { SharePoint } from '../coordinates.ts';
import { addBoxes, leastUsedColour, sizeOf } from '../document.ts';
import { boxBetween, clamp, height, tidyBox, toPixelPoint, width } from '../geometry/rect.ts';
import { guidesFor, snapShift } from '../geometry/snap.ts';
import type { SnapLines } from '../geometry/snap.ts';
import type { PointerInput } from '../input.ts';
import type { Gesture, GestureContext } from './gesture.ts';
import { linesWithout, minSide, reach, snaps } from './snapping.ts';

/** Draws a new box from where the press was; Shift makes it a square of pixels. */
export class DrawGesture implements Gesture {
  readonly kind = 'draw';
  readonly cursor = 'crosshair';
  readonly #editor: GestureContext;
  readonly #press: PointerInput;
  #lines: SnapLines = [];
  #box: Box = [0, 0, 0, 0];

  constructor(editor: GestureContext, press: PointerInput) {
    this.#editor = editor;
    this.#press = press;
  }

  onEnter(): void {
    this.#lines = linesWithout(this.#editor.getSnapshot(), new Set());
  }

  onPointerMove(input: PointerInput): void {
    const { document } = this.#editor.getSnapshot();
    const anchor = this.#attracted(this.#press, input);
    let target = this.#attracted(input, input);
    if (input.modifiers.shift) {
      target = squareCorner(anchor, target, document.width / document.height);
    }
    this.#box = tidyBox(boxBetween(anchor, target));
    const on = snaps(this.#editor.getSnapshot(), input) && !input.modifiers.shift;
    this.#editor.show({
      draft: { kind: 'draw', box: this.#box, colour: leastUsedColour(document.boxes) },
      guides: on ? guidesFor(this.#lines, this.#box, { x: true, y: true }) : [],
    });
  }

  onComplete(input: PointerInput): void {
    this.onPointerMove(input);
    const least = minSide(this.#editor.getSnapshot());
    if (width(this.#box) < least.width || height(this.#box) < least.height) {
      return;
    }
    const mark = this.#editor.mark('step.draw');
    const box = this.#editor.newBox(this.#box);
    this.#editor.update(addBoxes(this.#editor.getSnapshot().document, [box]), [box.id]);
    this.#editor.commit(mark);
    this.#editor.startEditing(box.id);
  }

  onCancel(): void {
    // Nothing is in the document until the drag completes.
  }

  /** The image pixel nearest to the pointer, or a line if one is near. */
  #attracted(at: PointerInput, now: PointerInput): SharePoint {
    const state = this.#editor.getSnapshot();
    const free = this.#editor.toShare(at.point);
    const inside = sharePoint(clamp(free.x, 0, 1), clamp(free.y, 0, 1));
    const pixel = toPixelPoint(inside, sizeOf(state.document));
    if (!snaps(state, now)) {
      return pixel;
    }
    const near = reach(state);
    const dx = snapShift(this.#lines, 'x', [inside.x], near.x);
    const dy = snapShift(this.#lines, 'y', [inside.y], near.y);
    return sharePoint(dx === null ? pixel.x : inside.x + dx, dy === null ? pixel.y : inside.y + dy);
  }
}

/** The corner of the largest square within the drag and the image; `aspect` is image width over height. */
function squareCorner(anchor: SharePoint, target: SharePoint, aspect: number): SharePoint {
  const right = target.x >= anchor.x;
  const down = target.y >= anchor.y;
  const roomX = right ? 1 - anchor.x : anchor.x;
  const roomY = down ? 1 - anchor.y : anchor.y;
  const wanted = Math.max(Math.abs(target.x - anchor.x), Math.abs(target.y - anchor.y) / aspect);
  const side = Math.min(wanted, roomX, roomY / aspect);
  return sharePoint(anchor.x + (right ? side : -side), anchor.y + (down ? side : -side) * aspect);
}
