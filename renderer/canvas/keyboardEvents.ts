import { copyText, pasteText } from '../editor/clipboard.ts';
import { cutText } from '../editor/commands/edit.ts';
import { handleKeyDown, handleKeyUp } from '../editor/commands/keyboard.ts';
import type { KeyTarget } from '../editor/commands/keyboard.ts';
import type { CommandRegistry } from '../editor/commands/registry.ts';
import type { KeyInput } from '../editor/commands/shortcut.ts';
import type { Editor } from '../editor/editor.ts';
import { modifiersOf } from './pointerEvents.ts';

/** What has the focus: the canvas (or nothing at all), a panel, or a text field. */
export function keyTarget(element: EventTarget | null): KeyTarget {
  if (!(element instanceof HTMLElement) || element === document.body) {
    return 'canvas';
  }
  if (element.isContentEditable || element.matches('textarea, select, [role="textbox"]')) {
    return 'text';
  }
  if (element instanceof HTMLInputElement) {
    return ['button', 'checkbox', 'radio', 'range', 'color', 'file', 'submit'].includes(element.type)
      ? 'panel'
      : 'text';
  }
  return element.closest('[data-layout-canvas]') === null ? 'panel' : 'canvas';
}

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
  document.addEventListener(
    'paste',
    (event) => {
      const data = event.clipboardData;
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
