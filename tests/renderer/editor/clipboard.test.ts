import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../preload/contract/layout.ts';
import { copyText, decodeBoxes, pasteText } from '../../../renderer/editor/clipboard.ts';
import { cutText } from '../../../renderer/editor/commands/edit.ts';
import { Editor } from '../../../renderer/editor/editor.ts';
import { boxOf, documentOf, User } from './helpers.ts';

const box = [0.25, 0.25, 0.5, 0.5] as [number, number, number, number];
const wide = { width: 768, height: 512 };

function copied(): string {
  const user = new User([box, [0.5, 0.5, 1, 1], [0, 0, 0.1, 0.1]], { bind: [['box-2', 'box-1']] });
  user.editor.select(['box-1', 'box-2']);
  return copyText(user.editor) ?? '';
}

describe('copying and pasting', () => {
  it('works between windows, with colours, pairs and new ids', () => {
    const other = new User([], { ...wide, boxes: [boxOf(0, [0.1, 0.1, 0.2, 0.2], { colour: 1 })] });
    expect(pasteText(other.editor, copied())).toBe(true);
    const [, first, second] = other.document.boxes;
    expect(first).toMatchObject({ id: 'box-2', phrase: 'thing 1', box, colour: 0 });
    expect(second).toMatchObject({ id: 'box-3', phrase: 'thing 2', box: [0.5, 0.5, 1, 1], colour: 2 });
    expect(other.document.bind).toEqual([['box-2', 'box-3']]);
    expect(other.selection).toEqual(['box-2', 'box-3']);
    other.editor.undo();
    expect(other.document.boxes).toHaveLength(1);
    expect(other.document.bind).toEqual([]);
  });

  it('lands beside what it is a copy of, again and again', () => {
    const user = new User([box]);
    user.editor.zoomTo(1);
    user.editor.select(['box-1']);
    const text = copyText(user.editor) ?? '';
    pasteText(user.editor, text);
    pasteText(user.editor, text);
    expect(user.box('box-2')).toEqual([0.28125, 0.28125, 0.53125, 0.53125]);
    expect(user.box('box-3')).toEqual([0.3125, 0.3125, 0.5625, 0.5625]);
  });

  it('a box that fills the image can be duplicated', () => {
    const user = new User([[0, 0, 1, 1]]);
    user.editor.select(['box-1']);
    user.run('edit.duplicate');
    expect(user.box('box-2')).toEqual([0, 0, 1, 1]);
  });

  it('copies never pile up in a corner', () => {
    const user = new User([[0.1, 0.1, 0.2, 0.2]], { width: 128, height: 128 });
    user.editor.select(['box-1']);
    for (let copies = 0; copies < 29; copies += 1) {
      user.run('edit.duplicate');
    }
    const places = user.document.boxes.map((one) => one.box.map((share) => share.toFixed(4)).join(' '));
    expect(new Set(places).size).toBe(30);
    for (const one of user.document.boxes) {
      expect(Math.min(...one.box)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...one.box)).toBeLessThanOrEqual(1);
    }
  });

  it('goes through the clipboard that the editor was given', async () => {
    const user = new User([box]);
    user.editor.select(['box-1']);
    await user.commands.byId('edit.cut')?.run(user.editor);
    expect(user.document.boxes).toEqual([]);
    await user.commands.byId('edit.paste')?.run(user.editor);
    expect(user.document.boxes).toHaveLength(1);
  });

  it('cuts nothing when the system refuses the clipboard', async () => {
    const refused = (): Promise<never> => Promise.reject(new Error('NotAllowedError'));
    const editor = new Editor({
      document: documentOf([box]),
      clipboard: { writeText: refused, readText: refused },
    });
    editor.select(['box-1']);
    const user = new User();
    await user.commands.byId('edit.cut')?.run(editor);
    expect(editor.getSnapshot().document.boxes).toHaveLength(1);
    expect(editor.getSnapshot().notice?.key).toBe('notice.clipboardRefused');
    await user.commands.byId('edit.paste')?.run(editor);
    expect(editor.getSnapshot().notice?.serial).toBe(2);
  });

  it('cuts by the event of the browser, but not what is locked', () => {
    const user = new User([], { boxes: [boxOf(0, box, { locked: true }), boxOf(1, box)] });
    user.editor.select(['box-1']);
    expect(cutText(user.editor)).toBeNull();
    user.editor.select(['box-2']);
    expect(decodeBoxes(cutText(user.editor) ?? '').ok).toBe(true);
    expect(user.document.boxes.map(({ id }) => id)).toEqual(['box-1']);
  });
});

describe('copies of several boxes', () => {
  const corner: Box[] = [
    [0.8, 0.8, 0.95, 0.9],
    [0.9, 0.85, 1, 1],
    [0.7, 0.9, 0.75, 0.99],
  ];
  /** Places relative to the first box. */
  const arrangement = (boxes: readonly Box[]): number[][] =>
    boxes.map((one) => one.map((value, index) => Math.round((value - (boxes[0]?.[index] ?? 0)) * 1e5) / 1e5));

  it('keep their arrangement at the side of the image, however often they are made', () => {
    const user = new User(corner);
    user.run('edit.selectAll');
    for (let times = 1; times <= 6; times += 1) {
      user.run('edit.duplicate');
      const copies = user.document.boxes.slice(-corner.length).map(({ box: place }) => place);
      expect(user.document.boxes).toHaveLength(corner.length * (times + 1));
      expect(arrangement(copies)).toEqual(arrangement(corner));
    }
    const places = user.document.boxes.map(({ box: place }) => place.join(' '));
    expect(new Set(places).size).toBe(places.length);
  });

  it('land as far away on the screen at every zoom', () => {
    for (const zoom of [0.5, 1, 4]) {
      const user = new User([[0.1, 0.1, 0.2, 0.2]]);
      user.editor.zoomTo(zoom);
      user.run('edit.selectAll');
      user.run('edit.duplicate');
      expect((user.box('box-2')[0] - 0.1) * 512 * zoom).toBeCloseTo(16, 1);
    }
  });

  it('of the whole image lie on it at once, without a search that never ends', () => {
    const user = new User([[0, 0, 1, 1]]);
    user.editor.zoomTo(16);
    user.run('edit.selectAll');
    const started = performance.now();
    user.run('edit.duplicate');
    expect(user.document.boxes).toHaveLength(2);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('hostile clipboard text', () => {
  const base = JSON.parse(copied()) as Record<string, unknown>;
  const one = { phrase: 'x', box, colour: 0 };
  it.each([
    ['nothing', ''],
    ['spaces', ' \n'],
    ['prose', 'a dog and a sheep'],
    ['null', 'null'],
    ['an array', '[]'],
    ['another format', JSON.stringify({ ...base, format: 'excalidraw/clipboard' })],
    ['a later version', JSON.stringify({ ...base, version: 2 })],
    ['no boxes', JSON.stringify({ ...base, boxes: [] })],
    ['a box inside out', JSON.stringify({ ...base, bind: [], boxes: [{ ...one, box: [0.5, 0, 0.4, 1] }] })],
    ['a box outside', JSON.stringify({ ...base, bind: [], boxes: [{ ...one, box: [0, 0, 2, 1] }] })],
    ['not a number', JSON.stringify({ ...base, bind: [], boxes: [{ ...one, box: [0, 0, null, 1] }] })],
    [
      'an endless phrase',
      JSON.stringify({ ...base, bind: [], boxes: [{ ...one, phrase: 'x'.repeat(201) }] }),
    ],
    ['a pair of strangers', JSON.stringify({ ...base, bind: [[0, 7]] })],
    ['a pair with itself', JSON.stringify({ ...base, bind: [[1, 1]] })],
    ['an unknown field', JSON.stringify({ ...base, boxes: [{ ...one, onclick: 'alert(1)' }], bind: [] })],
    ['a prototype', '{"__proto__":{"format":"isac-studio/boxes","version":1,"boxes":[],"bind":[]}}'],
    ['too many boxes', JSON.stringify({ ...base, bind: [], boxes: Array.from({ length: 1001 }, () => one) })],
    ['megabytes', `"${'x'.repeat(1_000_001)}"`],
    ['deep nesting', '['.repeat(200_000)],
  ])('%s changes nothing and is answered in a sentence', (_, text) => {
    const user = new User([box]);
    const before = user.document;
    expect(pasteText(user.editor, text)).toBe(false);
    expect(user.document).toBe(before);
    expect(user.editor.getSnapshot().notice?.key).toMatch(/^notice\.clipboard(Empty|NotBoxes)$/);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('any text and any JSON is either refused or pasted as valid boxes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((v) => JSON.stringify({ ...base, boxes: v })),
        ),
        (text) => {
          const user = new User([box]);
          if (!pasteText(user.editor, text)) {
            expect(user.document.boxes).toHaveLength(1);
          }
        },
      ),
    );
  });

  it('refuses to grow a document beyond its limit', () => {
    const user = new User([], {
      boxes: Array.from({ length: 999 }, (_, index) => boxOf(index, box)),
    });
    expect(user.document.boxes).toHaveLength(999);
    pasteText(user.editor, copied());
    expect(user.document.boxes).toHaveLength(999);
    expect(user.editor.getSnapshot().notice?.key).toBe('notice.tooManyBoxes');
  });
});
