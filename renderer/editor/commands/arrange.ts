import type { Box } from '../../../preload/contract/layout.ts';
import { placeBoxes, restack, stackMoves } from '../document.ts';
import type { StackMove } from '../document.ts';
import type { Editor } from '../editor.ts';
import { align, alignments, axes, distribute } from '../geometry/arrange.ts';
import type { Alignment, Axis } from '../geometry/arrange.ts';
import { movableBoxes } from '../selection.ts';
import type { Command } from './command.ts';

const title = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function movable(editor: Editor): number {
  const { document, selection } = editor.getSnapshot();
  return movableBoxes(document, selection).length;
}

function place(editor: Editor, label: string, arrange: (boxes: Box[]) => Box[]): void {
  const { selection } = editor.getSnapshot();
  editor.edit(label, (document) => {
    const boxes = movableBoxes(document, selection);
    const places = arrange(boxes.map(({ box }) => box));
    return placeBoxes(document, new Map(boxes.map(({ id, box }, index) => [id, places[index] ?? box])));
  });
}

const alignKeys: Readonly<Record<Alignment, string>> = {
  left: 'Alt+A',
  centre: 'Alt+H',
  right: 'Alt+D',
  top: 'Alt+W',
  middle: 'Alt+V',
  bottom: 'Alt+S',
};

const alignCommands = alignments.map((how): Command => ({
  id: `arrange.align${title(how)}`,
  label: `command.align${title(how)}`,
  group: 'arrange',
  shortcuts: [alignKeys[how]],
  enabled: (editor) => movable(editor) > 0,
  run: (editor) => place(editor, 'step.align', (boxes) => align(boxes, how)),
}));

const distributeKeys: Readonly<Record<Axis, string>> = {
  horizontal: 'Shift+Alt+H',
  vertical: 'Shift+Alt+V',
};

const distributeCommands = axes.map((axis): Command => ({
  id: `arrange.distribute${title(axis)}`,
  label: `command.distribute${title(axis)}`,
  group: 'arrange',
  shortcuts: [distributeKeys[axis]],
  enabled: (editor) => movable(editor) > 2,
  run: (editor) => place(editor, 'step.distribute', (boxes) => distribute(boxes, axis)),
}));

const stackKeys: Readonly<Record<StackMove, string>> = {
  forward: ']',
  backward: '[',
  front: 'Shift+]',
  back: 'Shift+[',
};

const stackCommands = stackMoves.map((move): Command => ({
  id: `arrange.${move}`,
  label: `command.${move}`,
  group: 'arrange',
  shortcuts: [stackKeys[move]],
  enabled: (editor) => {
    const { document, selection } = editor.getSnapshot();
    return selection.length > 0 && restack(document, selection, move) !== document;
  },
  run: (editor) => {
    const { selection } = editor.getSnapshot();
    editor.edit('step.restack', (document) => restack(document, selection, move));
  },
}));

export const arrangeCommands: readonly Command[] = [
  ...stackCommands,
  ...alignCommands,
  ...distributeCommands,
];
