import type { Editor } from '../editor.ts';
import type { Command } from './command.ts';
import type { CommandRegistry } from './registry.ts';
import type { KeyInput } from './shortcut.ts';

/**
 * What has the focus: a text field (or a menu, where letters choose) keeps every key but those of global commands, a slider or
 * list of choices those without Alt and Ctrl.
 */
export type KeyTarget = 'canvas' | 'panel' | 'choice' | 'text';

const EDITING_KEYS = new Set(['z', 'y', 'x', 'c', 'v', 'a']);

function applies(command: Command, input: KeyInput, target: KeyTarget): boolean {
  if (command.native === true) {
    return false;
  }
  if (target === 'canvas') {
    return true;
  }
  if (command.scope === 'page') {
    return target === 'panel' || (target === 'choice' && (input.alt || input.mod));
  }
  if (command.scope !== 'global') {
    return false;
  }
  // A text field undoes its own typing; a plain key there is a letter.
  const plain = !input.mod && !/^F\d/.test(input.key) && input.key !== 'Escape';
  return target === 'panel' || target === 'choice' || !(plain || EDITING_KEYS.has(input.key.toLowerCase()));
}

/**
 * Runs the command of a key press.
 * @returns true when the key was used up and the browser must not act on it as well
 */
export function handleKeyDown(
  registry: CommandRegistry,
  editor: Editor,
  input: KeyInput,
  target: KeyTarget,
): boolean {
  if (target === 'canvas') {
    if (input.key === ' ' && !input.mod) {
      editor.setSpace(true);
      return true;
    }
    if (editor.getSnapshot().gesture !== null && input.key !== 'Escape') {
      editor.setModifiers(input);
      if (['Shift', 'Alt', 'Control', 'Meta'].includes(input.key)) {
        return input.key === 'Alt';
      }
    }
  }
  const command = registry.find(input);
  if (command === undefined || !applies(command, input, target)) {
    return false;
  }
  if (!input.repeat && command.repeats === true) {
    // Another press is another gesture, even when the release of the last key was never heard.
    editor.release();
  }
  if (!input.repeat || command.repeats === true) {
    perform(command, editor);
  }
  return true;
}

/** Ends what a held key kept going. */
export function handleKeyUp(editor: Editor, input: KeyInput): void {
  if (input.key === ' ' || input.code === 'Space') {
    editor.setSpace(false);
  }
  if (editor.getSnapshot().gesture !== null) {
    editor.setModifiers(input);
  }
  if (editor.getSnapshot().editing === null && input.key.startsWith('Arrow')) {
    editor.release();
  }
}

/** Runs a command from the menu or the palette, as a step of its own; does nothing when it is not enabled. */
export function run(command: Command, editor: Editor): void {
  perform(command, editor);
  editor.release();
}

function perform(command: Command, editor: Editor): void {
  if (!command.enabled(editor)) {
    return;
  }
  Promise.resolve(command.run(editor)).catch((error: unknown) => {
    editor.notify({
      key: 'notice.commandFailed',
      values: { message: error instanceof Error ? error.message : String(error) },
    });
  });
}
