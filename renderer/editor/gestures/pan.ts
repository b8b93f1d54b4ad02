import { panBy } from '../coordinates.ts';
import type { Viewport } from '../coordinates.ts';
import type { PointerInput } from '../input.ts';
import type { Gesture, GestureContext } from './gesture.ts';

/** Moves the view with the pointer: Space and drag, or the middle button. */
export class PanGesture implements Gesture {
  readonly kind = 'pan';
  readonly cursor = 'grabbing';
  readonly #editor: GestureContext;
  readonly #press: PointerInput;
  #before: Viewport = { zoom: 1, x: 0, y: 0 };
  #fitted = false;

  constructor(editor: GestureContext, press: PointerInput) {
    this.#editor = editor;
    this.#press = press;
  }

  onEnter(): void {
    const { viewport, fitted } = this.#editor.getSnapshot();
    this.#before = viewport;
    this.#fitted = fitted;
  }

  onPointerMove(input: PointerInput): void {
    const dx = input.point.x - this.#press.point.x;
    const dy = input.point.y - this.#press.point.y;
    if (dx !== 0 || dy !== 0) {
      this.#editor.setViewport(panBy(this.#before, dx, dy));
    }
  }

  onComplete(input: PointerInput): void {
    this.onPointerMove(input);
  }

  onCancel(): void {
    this.#editor.setViewport(this.#before, this.#fitted);
  }
}
