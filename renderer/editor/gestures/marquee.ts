import { boxBetween, intersects } from '../geometry/rect.ts';
import type { PointerInput } from '../input.ts';
import type { Selection } from '../selection.ts';
import type { Gesture, GestureContext } from './gesture.ts';

/** Selects what the marquee touches; with Shift (or from the press on) in addition to what was selected. */
export class MarqueeGesture implements Gesture {
  readonly kind = 'marquee';
  readonly cursor = 'default';
  readonly #editor: GestureContext;
  readonly #press: PointerInput;
  #before: Selection = [];

  constructor(editor: GestureContext, press: PointerInput) {
    this.#editor = editor;
    this.#press = press;
  }

  onEnter(): void {
    this.#before = this.#editor.getSnapshot().selection;
  }

  onPointerMove(input: PointerInput): void {
    const { document } = this.#editor.getSnapshot();
    const box = boxBetween(this.#editor.toShare(this.#press.point), this.#editor.toShare(input.point));
    const touched = document.boxes
      .filter((one) => !one.locked && !one.hidden && intersects(one.box, box))
      .map(({ id }) => id);
    const base = input.modifiers.shift || this.#press.modifiers.shift ? this.#before : [];
    this.#editor.select([...base.filter((id) => !touched.includes(id)), ...touched]);
    this.#editor.show({ draft: { kind: 'marquee', box, colour: 0 } });
  }

  onComplete(input: PointerInput): void {
    this.onPointerMove(input);
  }

  onCancel(): void {
    this.#editor.select(this.#before);
  }
}
