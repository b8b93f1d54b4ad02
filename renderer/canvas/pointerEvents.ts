import { screenPoint } from '../editor/coordinates.ts';
import type { Editor } from '../editor/editor.ts';
import type { Modifiers, PointerInput } from '../editor/input.ts';

export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/** The modifiers of a DOM event; on a Mac Command is the main one, and Ctrl and a click mean a menu. */
export function modifiersOf(event: {
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}): Modifiers {
  return { shift: event.shiftKey, alt: event.altKey, mod: isMac() ? event.metaKey : event.ctrlKey };
}

function pointerInput(event: PointerEvent, element: HTMLElement): PointerInput {
  const { left, top } = element.getBoundingClientRect();
  return {
    point: screenPoint(event.clientX - left, event.clientY - top),
    button: event.button,
    time: event.timeStamp,
    pointerType: event.pointerType === 'touch' || event.pointerType === 'pen' ? event.pointerType : 'mouse',
    modifiers: modifiersOf(event),
  };
}

/**
 * Forwards pointer and wheel events of an element to the editor.
 * @param hovered called with every position of the pointer in shares of the image, null when it left
 */
export function forwardPointer(
  element: HTMLElement,
  editor: Editor,
  hovered: (share: { readonly x: number; readonly y: number } | null) => void,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let pressed: number | null = null;
  const inside = (event: Event): boolean =>
    !(event.target instanceof HTMLInputElement || event.target instanceof HTMLButtonElement);

  element.addEventListener(
    'pointerdown',
    (event) => {
      if (!inside(event) || pressed !== null) {
        return;
      }
      pressed = event.pointerId;
      try {
        element.setPointerCapture(event.pointerId);
      } catch {
        // The pointer is gone already (a synthetic event, a pen lifted at once).
      }
      element.focus({ preventScroll: true });
      // The middle button would start the browser's own scrolling.
      event.preventDefault();
      editor.pointerDown(pointerInput(event, element));
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      if (pressed === null ? inside(event) : event.pointerId === pressed) {
        const input = pointerInput(event, element);
        editor.pointerMove(input);
        hovered(editor.toShare(input.point));
      }
    },
    { signal },
  );
  element.addEventListener(
    'pointerup',
    (event) => {
      if (event.pointerId === pressed) {
        pressed = null;
        editor.pointerUp(pointerInput(event, element));
      }
    },
    { signal },
  );
  const lost = (event: PointerEvent): void => {
    if (event.pointerId === pressed) {
      pressed = null;
      editor.cancelGesture();
    }
  };
  element.addEventListener('pointercancel', lost, { signal });
  element.addEventListener('lostpointercapture', lost, { signal });
  element.addEventListener(
    'pointerleave',
    () => {
      editor.pointerLeave();
      hovered(null);
    },
    { signal },
  );
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
      editor.wheel({
        point: screenPoint(event.clientX - left, event.clientY - top),
        dx: event.deltaX * unit,
        dy: event.deltaY * unit,
        // A pinch on a trackpad arrives as a wheel with Ctrl, on a Mac too.
        modifiers: { ...modifiersOf(event), mod: event.ctrlKey || event.metaKey },
      });
    },
    { signal, passive: false },
  );
  return () => controller.abort();
}
