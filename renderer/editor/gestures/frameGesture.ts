import type { Box } from '../../../preload/contract/layout.ts';
import type { DocumentBox } from '../../../preload/contract/project.ts';
import { placeBoxes } from '../document.ts';
import { bounds } from '../geometry/rect.ts';
import type { SnapLines } from '../geometry/snap.ts';
import type { Mark } from '../history.ts';
import type { PointerInput } from '../input.ts';
import { movableBoxes } from '../selection.ts';
import type { GestureKind } from '../state.ts';
import type { Gesture, GestureContext } from './gesture.ts';
import { linesWithout } from './snapping.ts';

/** A drag that gives the selected boxes new places, as one undo step. Places always follow from where it began. */
export abstract class FrameGesture implements Gesture {
  abstract readonly kind: GestureKind;
  abstract readonly cursor: string;
  protected readonly editor: GestureContext;
  protected readonly press: PointerInput;
  /** The boxes that move, as they were, and the frame around them. */
  protected boxes: readonly DocumentBox[] = [];
  protected frame: Box = [0, 0, 1, 1];
  /** What attracts. */
  protected lines: SnapLines = [];
  readonly #label: string;
  #mark: Mark | null = null;

  /** @param label of the undo step, a key of the string catalogue */
  constructor(editor: GestureContext, press: PointerInput, label: string) {
    this.editor = editor;
    this.press = press;
    this.#label = label;
  }

  onEnter(): void {
    const state = this.editor.getSnapshot();
    this.boxes = movableBoxes(state.document, state.selection);
    this.frame = bounds(this.boxes.map(({ box }) => box)) ?? this.frame;
    this.lines = linesWithout(state, new Set(this.boxes.map(({ id }) => id)));
    this.#mark = this.editor.mark(this.#label);
  }

  abstract onPointerMove(input: PointerInput): void;

  onComplete(input: PointerInput): void {
    this.onPointerMove(input);
    if (this.#mark) {
      this.editor.commit(this.#mark);
    }
  }

  onCancel(): void {
    if (this.#mark) {
      this.editor.bailToMark(this.#mark);
    }
  }

  /** Puts every box where `place` says for where it was. */
  protected place(place: (box: Box) => Box): void {
    const { document } = this.editor.getSnapshot();
    this.editor.update(placeBoxes(document, new Map(this.boxes.map(({ id, box }) => [id, place(box)]))));
  }
}
