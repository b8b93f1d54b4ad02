import type { PointerInput } from '../input.ts';
import type { Gesture, GestureContext } from './gesture.ts';
import { dragThreshold } from './gesture.ts';

/** What a press turns into. */
export interface Intent {
  readonly cursor: string;
  /** The gesture once the pointer has moved far enough; null when a drag means nothing here. */
  readonly drag: (() => Gesture) | null;
  /** A release without a drag. */
  readonly click: () => void;
}

/** A press that is not yet a click or a drag. */
export class PointingGesture implements Gesture {
  readonly kind = 'pointing';
  readonly cursor: string;
  readonly #editor: GestureContext;
  readonly #press: PointerInput;
  readonly #intent: Intent;

  constructor(editor: GestureContext, press: PointerInput, intent: Intent) {
    this.#editor = editor;
    this.#press = press;
    this.#intent = intent;
    this.cursor = intent.cursor;
  }

  onEnter(): void {
    // Waits for the pointer.
  }

  onPointerMove(input: PointerInput): void {
    const distance = Math.hypot(input.point.x - this.#press.point.x, input.point.y - this.#press.point.y);
    if (this.#intent.drag && distance >= dragThreshold(this.#press)) {
      this.#editor.transition(this.#intent.drag(), input);
    }
  }

  onComplete(): void {
    this.#intent.click();
  }

  onCancel(): void {
    // Nothing has happened yet.
  }
}
