import { screenPoint } from './coordinates.ts';
import { sizeOf } from './document.ts';
import { bounds } from './geometry/rect.ts';
import type { Handle } from './geometry/resize.ts';
import { DrawGesture } from './gestures/draw.ts';
import type { Gesture, GestureContext } from './gestures/gesture.ts';
import { MarqueeGesture } from './gestures/marquee.ts';
import { MoveGesture } from './gestures/move.ts';
import { PanGesture } from './gestures/pan.ts';
import { PointingGesture } from './gestures/pointing.ts';
import { resizeCursors, ResizeGesture } from './gestures/resize.ts';
import { boxesAt, handleAt, nextBelow } from './hitTest.ts';
import { noModifiers } from './input.ts';
import type { Modifiers, PointerInput } from './input.ts';
import { movableBoxes, toggled } from './selection.ts';
import type { Selection } from './selection.ts';
import type { EditorState } from './state.ts';

/** What the pointer needs of the editor beside what gestures need. */
export interface PointerHost extends Omit<GestureContext, 'transition'> {
  /** Ends whatever step is open (a held key, a phrase being typed). */
  settle(): void;
  patch(patch: Partial<EditorState>): void;
}

const DOUBLE_CLICK_MS = 400;
const DOUBLE_CLICK_PX = 5;

interface LastClick {
  readonly input: PointerInput;
  /** The box that a double click here means: what the first press found before it changed anything. */
  readonly target: string | undefined;
}

/**
 * Decides what a press means and runs the gesture that it becomes.
 *
 * - Space or the middle button: pan. The secondary button only selects (for a context menu).
 * - Draw tool: a drag draws, wherever it begins. Select tool: a drag on a handle of the selection resizes, on a box
 *   moves, on the empty image draws a marquee; with Ctrl/Command it draws, too.
 * - A click on a box selects it in both tools. The topmost box comes first; a click on a box that is selected already
 *   reaches the one below it, around and around; Alt and a click does so at once. A double click edits the phrase.
 * - Shift and a click on a box adds it to the selection or takes it away.
 */
export class PointerMachine {
  readonly #host: PointerHost;
  readonly #context: GestureContext;
  #gesture: Gesture | null = null;
  #before: Selection = [];
  #last: PointerInput | null = null;
  #click: LastClick | null = null;
  #space = false;

  constructor(host: PointerHost) {
    this.#host = host;
    this.#context = {
      getSnapshot: () => host.getSnapshot(),
      toShare: (point) => host.toShare(point),
      mark: (label) => host.mark(label),
      commit: (mark) => host.commit(mark),
      bailToMark: (mark) => host.bailToMark(mark),
      update: (document, selection) => host.update(document, selection),
      select: (selection) => host.select(selection),
      show: (patch) => host.show(patch),
      setViewport: (viewport, fitted) => host.setViewport(viewport, fitted),
      startEditing: (id) => host.startEditing(id),
      newBox: (box) => host.newBox(box),
      transition: (next, input) => this.#enter(next, input),
    };
  }

  get active(): boolean {
    return this.#gesture !== null;
  }

  down(input: PointerInput): void {
    this.complete();
    this.#host.settle();
    this.#last = input;
    this.#before = this.#host.getSnapshot().selection;
    const gesture = this.#gestureFor(input);
    if (gesture !== null) {
      this.#enter(gesture, input);
    }
  }

  move(input: PointerInput): void {
    this.#last = input;
    if (this.#gesture) {
      this.#gesture.onPointerMove(input);
    } else {
      this.#hover(input);
    }
  }

  up(input: PointerInput): void {
    this.#last = input;
    this.complete();
    this.#hover(input);
  }

  leave(): void {
    if (!this.#gesture) {
      this.#last = null;
      this.#host.patch({ hover: null });
    }
  }

  /** Escape, or the system took the pointer away: everything as it was before the press. */
  cancel(): boolean {
    const gesture = this.#gesture;
    if (gesture === null) {
      return false;
    }
    this.#gesture = null;
    this.#click = null;
    gesture.onCancel();
    this.#host.select(this.#before);
    this.#finish();
    return true;
  }

  /** Ends the gesture where the pointer is now. */
  complete(): void {
    const gesture = this.#gesture;
    if (gesture !== null && this.#last !== null) {
      this.#gesture = null;
      gesture.onComplete(this.#last);
      this.#finish();
    }
  }

  /** A modifier was pressed or released without a move. */
  setModifiers(modifiers: Modifiers): void {
    if (this.#last !== null) {
      this.move({ ...this.#last, modifiers });
    }
  }

  setSpace(down: boolean): void {
    this.#space = down;
    if (!this.#gesture) {
      this.#hover(this.#last ?? { ...offCanvas, modifiers: noModifiers });
    }
  }

  #enter(gesture: Gesture, input: PointerInput): void {
    this.#gesture = gesture;
    this.#host.patch({ gesture: gesture.kind, cursor: gesture.cursor, hover: null });
    gesture.onEnter();
    gesture.onPointerMove(input);
  }

  #finish(): void {
    this.#host.patch({ gesture: null, draft: null, guides: [], cursor: this.#idleCursor(null, undefined) });
  }

  #gestureFor(input: PointerInput): Gesture | null {
    const state = this.#host.getSnapshot();
    const pile = boxesAt(state.document, this.#host.toShare(input.point));
    if (this.#space || input.button === 1) {
      return new PanGesture(this.#context, input);
    }
    if (input.button !== 0) {
      const [top] = pile;
      if (top !== undefined && !pile.some((id) => state.selection.includes(id))) {
        this.#host.select([top]);
      }
      return null;
    }
    if (input.modifiers.mod) {
      return this.#pointing(
        input,
        'crosshair',
        () => new DrawGesture(this.#context, input),
        () => undefined,
      );
    }
    if (state.tool === 'draw') {
      return this.#drawing(input, pile, state.selection);
    }
    const handle = this.#handleUnder(input, state);
    if (handle !== null) {
      const cursor = resizeCursors[handle];
      const resize = (): Gesture => new ResizeGesture(this.#context, input, handle);
      return this.#pointing(input, cursor, resize, () => undefined);
    }
    if (pile.length > 0) {
      return this.#onBox(input, pile, state.selection);
    }
    const marquee = (): Gesture => new MarqueeGesture(this.#context, input);
    return this.#pointing(input, 'default', marquee, () => this.#deselect(input));
  }

  /** A press with the draw tool: a drag draws over whatever is there; only a click means the boxes. */
  #drawing(input: PointerInput, pile: readonly string[], selection: Selection): Gesture {
    const draw = (): Gesture => new DrawGesture(this.#context, input);
    const [top] = pile;
    if (top === undefined) {
      return this.#pointing(input, 'crosshair', draw, () => this.#deselect(input));
    }
    const target = this.#isDouble(input) ? this.#click?.target : undefined;
    const current = [...selection].reverse().find((id) => pile.includes(id));
    const plain = !input.modifiers.shift && !input.modifiers.alt;
    this.#click = plain && target === undefined ? { input, target: current ?? top } : null;
    return this.#pointing(input, 'crosshair', draw, () => {
      if (target !== undefined && pile.includes(target)) {
        this.#host.startEditing(target);
      } else if (input.modifiers.shift) {
        this.#host.select(toggled(selection, top));
      } else if (current === undefined || (selection.length > 1 && !input.modifiers.alt)) {
        this.#host.select([top]);
      } else {
        this.#host.select([nextBelow(pile, current) ?? top]);
      }
    });
  }

  #deselect(input: PointerInput): void {
    if (!input.modifiers.shift) {
      this.#host.select([]);
    }
  }

  #onBox(input: PointerInput, pile: readonly string[], selection: Selection): Gesture | null {
    const move = (): Gesture => new MoveGesture(this.#context, input);
    const double = this.#isDouble(input);
    const target = double ? this.#click?.target : undefined;
    if (target !== undefined && pile.includes(target)) {
      this.#click = null;
      this.#host.select([target]);
      // Whoever clicks and drags right after means the drag.
      return this.#pointing(input, 'move', move, () => this.#host.startEditing(target));
    }
    const [top] = pile;
    if (top === undefined) {
      return null;
    }
    if (input.modifiers.shift) {
      this.#host.select(toggled(selection, top));
      const kept = this.#host.getSnapshot().selection.includes(top);
      return this.#pointing(input, 'move', kept ? move : null, () => undefined);
    }
    const current = [...selection].reverse().find((id) => pile.includes(id));
    if (input.modifiers.alt) {
      this.#host.select([nextBelow(pile, current) ?? top]);
      return this.#pointing(input, 'move', move, () => undefined);
    }
    this.#click = { input, target: current ?? top };
    if (current === undefined) {
      this.#host.select([top]);
      return this.#pointing(input, 'move', move, () => undefined);
    }
    // The press may become a drag of the whole selection; only a click goes on to the box below.
    return this.#pointing(input, 'move', move, () => {
      this.#host.select([selection.length > 1 ? top : (nextBelow(pile, current) ?? top)]);
    });
  }

  #pointing(
    input: PointerInput,
    cursor: string,
    drag: (() => Gesture) | null,
    click: () => void,
  ): PointingGesture {
    return new PointingGesture(this.#context, input, { cursor, drag, click });
  }

  #isDouble(input: PointerInput): boolean {
    const last = this.#click?.input;
    return (
      last !== undefined &&
      input.time - last.time <= DOUBLE_CLICK_MS &&
      Math.hypot(input.point.x - last.point.x, input.point.y - last.point.y) <= DOUBLE_CLICK_PX
    );
  }

  #handleUnder(input: PointerInput, state: EditorState): Handle | null {
    const frame = bounds(movableBoxes(state.document, state.selection).map(({ box }) => box));
    return frame && handleAt(frame, input.point, state.viewport, sizeOf(state.document));
  }

  #hover(input: PointerInput): void {
    const state = this.#host.getSnapshot();
    const handle = state.tool === 'draw' ? null : this.#handleUnder(input, state);
    const pile = boxesAt(state.document, this.#host.toShare(input.point));
    const current = [...state.selection].reverse().find((id) => pile.includes(id));
    const hover = current ?? pile[0];
    this.#host.patch({
      hover: hover ?? null,
      cursor: this.#idleCursor(handle, hover, input.modifiers.mod),
    });
  }

  #idleCursor(handle: Handle | null, hover: string | undefined, mod = false): string {
    if (this.#space) {
      return 'grab';
    }
    if (mod || this.#host.getSnapshot().tool === 'draw') {
      return 'crosshair';
    }
    if (handle !== null) {
      return resizeCursors[handle];
    }
    return hover === undefined ? 'default' : 'move';
  }
}

const offCanvas = {
  point: screenPoint(-1e6, -1e6),
  button: 0,
  time: 0,
  pointerType: 'mouse',
} as const;
