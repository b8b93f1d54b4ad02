import { copyText, pasteText } from '../editor/clipboard.ts';
import { cutText } from '../editor/commands/edit.ts';
import { handleKeyDown, handleKeyUp } from '../editor/commands/keyboard.ts';
import type { KeyTarget } from '../editor/commands/keyboard.ts';
import type { CommandRegistry } from '../editor/commands/registry.ts';
import type { KeyInput } from '../editor/commands/shortcut.ts';
import type { Editor } from '../editor/editor.ts';
import { modifiersOf } from './pointerEvents.ts';

/** What has the focus: the canvas (or nothing at all), a panel, a slider or list of choices, or a text field. */
export function keyTarget(element: EventTarget | null): KeyTarget {
  if (!(element instanceof HTMLElement) || element === document.body) {
    return 'canvas';
  }
  if (element.isContentEditable || element.matches('textarea, [role="textbox"], [role="menu"] *')) {
    return 'text';
  }
  if (element.matches('select, input[type="range"]')) {
    return 'choice';
  }
  if (element instanceof HTMLInputElement) {
    return ['button', 'checkbox', 'radio', 'color', 'file', 'submit'].includes(element.type)
      ? 'panel'
      : 'text';
  }
  return element.closest('[data-layout-canvas]') === null ? 'panel' : 'canvas';
}

/** A paste that follows the middle button within this time is its doing. */
const MIDDLE_PASTE_MS = 150;

function keyInput(event: KeyboardEvent): KeyInput {
  return { key: event.key, code: event.code, repeat: event.repeat, ...modifiersOf(event) };
}

/**
 * Listens on the whole page: keys become commands, copy, cut and paste become boxes while the canvas has
 * the focus. To be installed once.
 * @param blocked true while a dialog is open: commands then stay quiet
 */
export function installKeyboard(
  editor: Editor,
  commands: CommandRegistry,
  blocked: () => boolean = () => false,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.defaultPrevented || event.isComposing || blocked()) {
        return;
      }
      if (handleKeyDown(commands, editor, keyInput(event), keyTarget(event.target))) {
        event.preventDefault();
      }
    },
    { signal },
  );
  window.addEventListener('keyup', (event) => handleKeyUp(editor, keyInput(event)), { signal });
  // Keys that are released elsewhere are never heard of.
  window.addEventListener(
    'blur',
    () => {
      editor.setSpace(false);
      editor.cancelGesture();
    },
    { signal },
  );
  const clipboard = (type: 'copy' | 'cut', text: () => string | null): void => {
    document.addEventListener(
      type,
      (event) => {
        const chosen = document.getSelection()?.toString() ?? '';
        if (blocked() || keyTarget(event.target) !== 'canvas' || chosen !== '') {
          return;
        }
        const boxes = text();
        if (boxes !== null) {
          event.clipboardData?.setData('text/plain', boxes);
          event.preventDefault();
        }
      },
      { signal },
    );
  };
  clipboard('copy', () => copyText(editor));
  clipboard('cut', () => cutText(editor));
  // X11 pastes what is selected anywhere when the middle button is released; here that button has moved the view.
  let middle = Number.NEGATIVE_INFINITY;
  window.addEventListener(
    'pointerup',
    (event) => {
      if (event.button === 1) {
        middle = event.timeStamp;
      }
    },
    { signal, capture: true },
  );
  document.addEventListener(
    'paste',
    (event) => {
      const data = event.clipboardData;
      if (event.timeStamp - middle < MIDDLE_PASTE_MS && keyTarget(event.target) === 'canvas') {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      // Pictures are for others to take (a backdrop, a result with its request).
      if (blocked() || event.defaultPrevented || keyTarget(event.target) !== 'canvas' || data === null) {
        return;
      }
      if (data.files.length === 0) {
        pasteText(editor, data.getData('text/plain'));
        event.preventDefault();
      }
    },
    { signal },
  );
  return () => controller.abort();
}
