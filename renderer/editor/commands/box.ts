import { insertBoxes } from '../clipboard.ts';
import { screenPoint } from '../coordinates.ts';
import { isBound, leastUsedColour, placeBoxes, setBound, setHidden, setLocked } from '../document.ts';
import type { LayoutDocument } from '../document.ts';
import type { Editor } from '../editor.ts';
import { bounds, clamp, clampMove, tidyBox, toPixel, translate } from '../geometry/rect.ts';
import { movableBoxes, selectedBoxes } from '../selection.ts';
import type { Command } from './command.ts';

/** Moves the selection by whole image pixels, as far as the image reaches. A held key is one step. */
function nudge(editor: Editor, dx: number, dy: number): void {
  const { selection } = editor.getSnapshot();
  editor.hold(`nudge:${selection.join(' ')}`, 'step.nudge', (document) => {
    const boxes = movableBoxes(document, selection);
    const frame = bounds(boxes.map(({ box }) => box));
    if (frame === null) {
      return document;
    }
    const move = clampMove(frame, dx / document.width, dy / document.height);
    return placeBoxes(document, new Map(boxes.map(({ id, box }) => [id, translate(box, move.dx, move.dy)])));
  });
}

const directions = [
  { name: 'Left', dx: -1, dy: 0 },
  { name: 'Right', dx: 1, dy: 0 },
  { name: 'Up', dx: 0, dy: -1 },
  { name: 'Down', dx: 0, dy: 1 },
] as const;

const anyMovable = (editor: Editor): boolean => {
  const { document, selection } = editor.getSnapshot();
  return movableBoxes(document, selection).length > 0;
};

function nudgeCommand(name: string, dx: number, dy: number, pixels: 1 | 10): Command {
  return {
    id: `box.nudge${name}${pixels === 10 ? 'Far' : ''}`,
    label: `command.nudge${name}`,
    labelValues: { pixels },
    group: 'box',
    shortcuts: [`${pixels === 10 ? 'Shift+' : ''}Arrow${name}`],
    repeats: true,
    keyboardOnly: true,
    enabled: anyMovable,
    run: (editor) => nudge(editor, dx * pixels, dy * pixels),
  };
}

type Flag = 'locked' | 'hidden';

/** All on when any is off. */
function flagOn(editor: Editor, flag: Flag): boolean {
  const { document, selection } = editor.getSnapshot();
  const boxes = selectedBoxes(document, selection);
  return boxes.length > 0 && boxes.every((box) => box[flag]);
}

function flagCommand(id: string, flag: Flag, key: string): Command {
  return {
    id: `box.${id}`,
    label: `command.${id}`,
    group: 'box',
    shortcuts: [key],
    enabled: (editor) => editor.getSnapshot().selection.length > 0,
    checked: (editor) => flagOn(editor, flag),
    run: (editor: Editor): void => {
      const { selection } = editor.getSnapshot();
      const on = !flagOn(editor, flag);
      const set = flag === 'locked' ? setLocked : setHidden;
      editor.edit(`step.${id}`, (document) => set(document, selection, on));
    },
  };
}

function pairs(editor: Editor): [string, string][] {
  const { selection } = editor.getSnapshot();
  return selection.flatMap((a, i) => selection.slice(i + 1).map((b): [string, string] => [a, b]));
}

function bindAll(document: LayoutDocument, list: [string, string][], bound: boolean): LayoutDocument {
  return list.reduce((next, [a, b]) => setBound(next, a, b, bound), document);
}

function somePair(editor: Editor, bound: boolean): boolean {
  const { document } = editor.getSnapshot();
  return pairs(editor).some(([a, b]) => isBound(document, a, b) === bound);
}

/** Side of a new box as a share of the image's. */
const NEW_SIDE = 0.3;

/** A box in the middle of what is seen, its phrase open: the way to a box without a pointer. */
function addInView(editor: Editor): void {
  const { canvas, document } = editor.getSnapshot();
  const { x, y } = editor.toShare(screenPoint(canvas.width / 2, canvas.height / 2));
  const start = (middle: number, side: number): number =>
    toPixel(clamp(middle - NEW_SIDE / 2, 0, 1 - NEW_SIDE), side);
  const [x0, y0] = [start(x, document.width), start(y, document.height)];
  const [width, height] = [toPixel(NEW_SIDE, document.width), toPixel(NEW_SIDE, document.height)];
  const box = tidyBox([x0, y0, x0 + width, y0 + height]);
  const colour = leastUsedColour(document.boxes);
  insertBoxes(
    editor,
    { format: 'isac-studio/boxes', version: 1, boxes: [{ phrase: '', colour, box }], bind: [] },
    'step.draw',
  );
  const added = editor.getSnapshot().document.boxes.at(-1);
  if (added !== undefined && added.phrase === '' && !document.boxes.some(({ id }) => id === added.id)) {
    editor.startEditing(added.id);
  }
}

export const boxCommands: readonly Command[] = [
  {
    id: 'box.new',
    label: 'command.newBox',
    group: 'box',
    shortcuts: ['I'],
    scope: 'page',
    enabled: () => true,
    run: addInView,
  },
  {
    id: 'box.rename',
    label: 'command.rename',
    group: 'box',
    shortcuts: ['Enter', 'F2'],
    enabled: (editor) => editor.getSnapshot().selection.length > 0,
    run: (editor: Editor): void => {
      const id = editor.getSnapshot().selection.at(-1);
      if (id !== undefined) {
        editor.startEditing(id);
      }
    },
  },
  flagCommand('lock', 'locked', 'L'),
  flagCommand('hide', 'hidden', 'H'),
  {
    id: 'box.showAll',
    label: 'command.showAll',
    group: 'box',
    shortcuts: ['Shift+H'],
    enabled: (editor) => editor.getSnapshot().document.boxes.some(({ hidden }) => hidden),
    run: (editor) =>
      editor.edit('step.showAll', (document) =>
        setHidden(
          document,
          document.boxes.map(({ id }) => id),
          false,
        ),
      ),
  },
  {
    id: 'box.bind',
    label: 'command.bind',
    group: 'box',
    shortcuts: ['B'],
    enabled: (editor) => somePair(editor, false),
    run: (editor: Editor): void => {
      const list = pairs(editor);
      editor.edit('step.bind', (document) => bindAll(document, list, true));
    },
  },
  {
    id: 'box.unbind',
    label: 'command.unbind',
    group: 'box',
    shortcuts: ['Shift+B'],
    enabled: (editor) => somePair(editor, true),
    run: (editor: Editor): void => {
      const list = pairs(editor);
      editor.edit('step.unbind', (document) => bindAll(document, list, false));
    },
  },
  {
    id: 'box.fillImage',
    label: 'command.fillImage',
    group: 'box',
    shortcuts: ['F'],
    enabled: anyMovable,
    run: (editor: Editor): void => {
      const { document, selection } = editor.getSnapshot();
      const boxes = movableBoxes(document, selection);
      editor.edit('step.resize', (current) =>
        placeBoxes(current, new Map(boxes.map(({ id }) => [id, [0, 0, 1, 1]]))),
      );
    },
  },
  ...directions.flatMap(({ name, dx, dy }) => [
    nudgeCommand(name, dx, dy, 1),
    nudgeCommand(name, dx, dy, 10),
  ]),
];
