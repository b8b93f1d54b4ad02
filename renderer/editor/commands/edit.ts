import { copyText, decodeBoxes, encodeBoxes, insertBoxes, pasteText } from '../clipboard.ts';
import { removeBoxes } from '../document.ts';
import type { Editor } from '../editor.ts';
import { message } from '../message.ts';
import { neighbour, selectedBoxes } from '../selection.ts';
import type { Command } from './command.ts';

/** Ids of the selected boxes that are not locked. */
function unlocked(editor: Editor): string[] {
  const { document, selection } = editor.getSnapshot();
  return selectedBoxes(document, selection)
    .filter(({ locked }) => !locked)
    .map(({ id }) => id);
}

const anySelected = (editor: Editor): boolean => editor.getSnapshot().selection.length > 0;
const anyUnlocked = (editor: Editor): boolean => unlocked(editor).length > 0;

function remove(editor: Editor, label: string): void {
  const ids = unlocked(editor);
  editor.edit(label, (document) => removeBoxes(document, ids));
}

async function copy(editor: Editor): Promise<boolean> {
  const text = copyText(editor);
  if (text === null) {
    return false;
  }
  try {
    await editor.clipboard.writeText(text);
    return true;
  } catch {
    editor.notify(message('notice.clipboardRefused'));
    return false;
  }
}

async function paste(editor: Editor): Promise<void> {
  let text: string;
  try {
    text = await editor.clipboard.readText();
  } catch {
    editor.notify(message('notice.clipboardRefused'));
    return;
  }
  pasteText(editor, text);
}

function duplicate(editor: Editor): void {
  const { document, selection } = editor.getSnapshot();
  const outcome = decodeBoxes(encodeBoxes(document, selectedBoxes(document, selection)));
  if (outcome.ok) {
    insertBoxes(editor, outcome.value, 'step.duplicate');
  }
}

function selectNeighbour(editor: Editor, step: 1 | -1): void {
  const { document, selection } = editor.getSnapshot();
  const id = neighbour(document, selection, step);
  if (id !== null) {
    editor.select([id]);
  }
}

/** Escape: the drag, then the phrase being edited, then the selection. */
function escape(editor: Editor): void {
  if (editor.cancelGesture()) {
    return;
  }
  if (editor.getSnapshot().editing !== null) {
    editor.stopEditing('discard');
  } else {
    editor.select([]);
  }
}

const anyBoxes = (editor: Editor): boolean =>
  editor.getSnapshot().document.boxes.some(({ hidden }) => !hidden);

export const editCommands: readonly Command[] = [
  {
    id: 'edit.undo',
    label: 'command.undo',
    group: 'edit',
    shortcuts: ['Mod+Z'],
    scope: 'global',
    repeats: true,
    enabled: (editor) => editor.getSnapshot().undoLabel !== null || editor.getSnapshot().gesture !== null,
    run: (editor) => editor.undo(),
  },
  {
    id: 'edit.redo',
    label: 'command.redo',
    group: 'edit',
    shortcuts: ['Mod+Shift+Z', 'Mod+Y'],
    scope: 'global',
    repeats: true,
    enabled: (editor) => editor.getSnapshot().redoLabel !== null,
    run: (editor) => editor.redo(),
  },
  {
    id: 'edit.cut',
    label: 'command.cut',
    group: 'edit',
    shortcuts: ['Mod+X'],
    native: true,
    enabled: anyUnlocked,
    run: async (editor: Editor): Promise<void> => {
      if (await copy(editor)) {
        remove(editor, 'step.cut');
      }
    },
  },
  {
    id: 'edit.copy',
    label: 'command.copy',
    group: 'edit',
    shortcuts: ['Mod+C'],
    native: true,
    enabled: anySelected,
    run: async (editor: Editor): Promise<void> => {
      await copy(editor);
    },
  },
  {
    id: 'edit.paste',
    label: 'command.paste',
    group: 'edit',
    shortcuts: ['Mod+V'],
    native: true,
    enabled: () => true,
    run: paste,
  },
  {
    id: 'edit.duplicate',
    label: 'command.duplicate',
    group: 'edit',
    shortcuts: ['Mod+D'],
    enabled: anySelected,
    run: duplicate,
  },
  {
    id: 'edit.delete',
    label: 'command.delete',
    group: 'edit',
    shortcuts: ['Delete', 'Backspace'],
    enabled: anyUnlocked,
    run: (editor) => remove(editor, 'step.delete'),
  },
  {
    id: 'edit.selectAll',
    label: 'command.selectAll',
    group: 'edit',
    shortcuts: ['Mod+A'],
    enabled: anyBoxes,
    run: (editor) =>
      editor.select(
        editor
          .getSnapshot()
          .document.boxes.filter(({ locked, hidden }) => !locked && !hidden)
          .map(({ id }) => id),
      ),
  },
  {
    id: 'edit.selectNone',
    label: 'command.selectNone',
    group: 'edit',
    shortcuts: ['Mod+Shift+A'],
    enabled: anySelected,
    run: (editor) => editor.select([]),
  },
  {
    id: 'edit.selectNext',
    label: 'command.selectNext',
    group: 'edit',
    shortcuts: ['N'],
    repeats: true,
    enabled: anyBoxes,
    run: (editor) => selectNeighbour(editor, 1),
  },
  {
    id: 'edit.selectPrevious',
    label: 'command.selectPrevious',
    group: 'edit',
    shortcuts: ['Shift+N'],
    repeats: true,
    enabled: anyBoxes,
    run: (editor) => selectNeighbour(editor, -1),
  },
  {
    id: 'edit.escape',
    label: 'command.escape',
    group: 'edit',
    shortcuts: ['Escape'],
    keyboardOnly: true,
    enabled: () => true,
    run: escape,
  },
];

/** The browser's cut event: the text for its clipboard, the boxes gone; null when there is nothing to cut. */
export function cutText(editor: Editor): string | null {
  const text = anyUnlocked(editor) ? copyText(editor) : null;
  if (text !== null) {
    remove(editor, 'step.cut');
  }
  return text;
}
