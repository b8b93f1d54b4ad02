import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../preload/contract/layout.ts';
import { screenPoint } from '../../../renderer/editor/coordinates.ts';
import { noModifiers } from '../../../renderer/editor/input.ts';
import { boxOf, documentOf, uniform, User } from './helpers.ts';

const left: Box = [0.125, 0.25, 0.375, 0.5];
const right: Box = [0.625, 0.25, 0.875, 0.5];

describe('drawing', () => {
  it('makes one box in one step, selects it and opens its phrase', () => {
    const user = new User();
    user.dragBox([0.25, 0.25], [0.5, 0.75]);
    expect(user.document.boxes).toEqual([boxOf(0, [0.25, 0.25, 0.5, 0.75], { phrase: '' })]);
    expect(user.selection).toEqual(['box-1']);
    expect(user.editor.getSnapshot().editing).toBe('box-1');
    user.editor.typePhrase('d');
    user.editor.typePhrase('dog ');
    user.editor.stopEditing('keep');
    expect(user.document.boxes[0]?.phrase).toBe('dog');
    expect(user.document.caption.text).toBe('a dog');
    user.editor.undo();
    expect(user.document.boxes[0]?.phrase).toBe('');
    user.editor.undo();
    expect(user.document.boxes).toEqual([]);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('draws from any corner, on whole pixels, and never outside the image', () => {
    const user = new User();
    user.dragBox([0.9001, 0.9001], [0.4999, -0.3]);
    expect(user.document.boxes[0]?.box).toEqual(
      [0.5, 0, 461 / 512, 461 / 512].map((v) => Math.round(v * 1e6) / 1e6),
    );
  });

  it('Shift makes a square of pixels, also when the image is none', () => {
    const user = new User([], { width: 768, height: 512 });
    user.dragBox([0.1, 0.1], [0.4, 0.2], { shift: true });
    const [x0, y0, x1, y1] = user.box('box-1');
    expect((x1 - x0) * 768).toBeCloseTo((y1 - y0) * 512, 1);
    expect((x1 - x0) * 768).toBeGreaterThan(200);
  });

  it('a click or a tiny drag draws nothing and makes no step', () => {
    const user = new User();
    user.click(0.5, 0.5);
    user.dragBox([0.5, 0.5], [0.501, 0.501]);
    expect(user.document.boxes).toEqual([]);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('Ctrl draws over a box that is there with the select tool, too; without it the box moves', () => {
    const user = new User([[0, 0, 1, 1]]);
    user.dragBox([0.25, 0.25], [0.5, 0.5], { mod: true });
    expect(user.document.boxes).toHaveLength(2);
    expect(user.box('box-1')).toEqual([0, 0, 1, 1]);
    expect(user.box('box-2')).toEqual([0.25, 0.25, 0.5, 0.5]);
  });

  it('with the draw tool begins anywhere: inside a box, on its corner, over several that are selected', () => {
    const user = new User([left, right]);
    user.editor.setTool('draw');
    user.dragBox([0.25, 0.375], [0.5, 0.75]);
    expect(user.box('box-3')).toEqual([0.25, 0.375, 0.5, 0.75]);
    expect(user.selection).toEqual(['box-3']);
    user.dragBox([0.5, 0.75], [0.75, 1]);
    expect(user.box('box-4')).toEqual([0.5, 0.75, 0.75, 1]);
    user.run('edit.selectAll');
    user.dragBox([0.25, 0.375], [0.125, 0.5]);
    expect(user.box('box-5')).toEqual([0.125, 0.375, 0.25, 0.5]);
    expect([user.box('box-1'), user.box('box-2')]).toEqual([left, right]);
    // The second drag soon after a click draws as well.
    user.click(0.2, 0.3);
    user.doubleDrag([0.2, 0.3], [0.3, 0.4]);
    expect(user.document.boxes).toHaveLength(6);
    user.editor.stopEditing('keep');
    user.editor.pointerMove(user.input(0.25, 0.3));
    expect(user.editor.getSnapshot().cursor).toBe('crosshair');
  });

  it('with the draw tool still selects by a click and edits by a double click', () => {
    const user = new User([[0, 0, 1, 1], left]);
    user.editor.setTool('draw');
    user.click(0.25, 0.375);
    expect(user.selection).toEqual(['box-2']);
    user.click(0.25, 0.375);
    expect(user.selection).toEqual(['box-1']);
    user.click(0.25, 0.375, { shift: true });
    expect(user.selection).toEqual(['box-1', 'box-2']);
    user.editor.select([]);
    user.doubleClick(0.25, 0.375);
    expect(user.editor.getSnapshot().editing).toBe('box-2');
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('snaps to the edges of other boxes and of the image', () => {
    const user = new User([left]);
    user.editor.setTool('draw');
    user.editor.setSnapping(true);
    user.press(0.5, 0.7);
    user.drag(0.378, 0.998);
    expect(user.editor.getSnapshot().draft?.box).toEqual([0.375, 0.699219, 0.5, 1]);
    expect(user.editor.getSnapshot().guides.map(({ axis, at }) => [axis, at])).toContainEqual(['x', 0.375]);
    user.drag(0.378, 0.998, { alt: true });
    expect(user.editor.getSnapshot().draft?.box[0]).toBeCloseTo(194 / 512, 5);
    user.release(0.378, 0.998);
    expect(user.editor.getSnapshot().guides).toEqual([]);
  });
});

describe('moving', () => {
  it('is one step, in whole pixels', () => {
    const user = new User([left, right]);
    user.dragBox([0.25, 0.375], [0.3751, 0.5]);
    expect(user.box('box-1')).toEqual([0.25, 0.375, 0.5, 0.625]);
    expect(user.box('box-2')).toBe(right);
    user.editor.undo();
    expect(user.box('box-1')).toEqual(left);
    user.editor.redo();
    expect(user.box('box-1')).toEqual([0.25, 0.375, 0.5, 0.625]);
  });

  it('moves the whole selection and stops at the image', () => {
    const user = new User([left, right]);
    user.run('edit.selectAll');
    user.dragBox([0.25, 0.375], [0.9, 0.375]);
    expect(user.box('box-1')).toEqual([0.25, 0.25, 0.5, 0.5]);
    expect(user.box('box-2')).toEqual([0.75, 0.25, 1, 0.5]);
  });

  it('Shift keeps one axis', () => {
    const user = new User([left]);
    user.dragBox([0.25, 0.375], [0.5, 0.45], { shift: true });
    expect(user.box('box-1')).toEqual([0.375, 0.25, 0.625, 0.5]);
  });

  it('snaps by the nearest edge and shows the guide', () => {
    const user = new User([left, right]);
    user.editor.setSnapping(true);
    user.press(0.25, 0.375);
    user.drag(0.25 + 0.247, 0.6);
    expect(user.box('box-1')[2]).toBe(0.625);
    expect(user.editor.getSnapshot().guides.map(({ at }) => at)).toContain(0.625);
  });

  it('a drag back to where it began makes no step', () => {
    const user = new User([left]);
    user.press(0.25, 0.375);
    user.drag(0.5, 0.5);
    user.drag(0.25, 0.375);
    user.release(0.25, 0.375);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('leaves locked boxes alone', () => {
    const user = new User([], { boxes: [boxOf(0, left, { locked: true })] });
    user.editor.setTool('select');
    user.dragBox([0.25, 0.375], [0.5, 0.5]);
    expect(user.box('box-1')).toEqual(left);
    expect(user.selection).toEqual([]);
  });

  it('settled stays behind during the drag', () => {
    const user = new User([left]);
    const before = user.document;
    user.press(0.25, 0.375);
    user.drag(0.5, 0.5);
    expect(user.editor.getSnapshot().settled).toBe(before);
    expect(user.document).not.toBe(before);
    user.release(0.5, 0.5);
    expect(user.editor.getSnapshot().settled).toBe(user.document);
  });
});

describe('resizing', () => {
  it('drags a corner', () => {
    const user = new User([left]);
    user.click(0.25, 0.375);
    user.dragBox([0.375, 0.5], [0.5, 0.75]);
    expect(user.box('box-1')).toEqual([0.125, 0.25, 0.5, 0.75]);
  });

  it('keeps the ratio with Shift, even when Shift comes in the middle of the drag', () => {
    const user = new User([left]);
    user.click(0.25, 0.375);
    user.press(0.375, 0.5);
    user.drag(0.625, 0.55);
    user.editor.setModifiers({ ...noModifiers, shift: true });
    expect(user.box('box-1')).toEqual([0.125, 0.25, 0.625, 0.75]);
    user.release(0.625, 0.55, { shift: true });
    user.editor.undo();
    expect(user.box('box-1')).toEqual(left);
  });

  it('scales a selection by the frame around it', () => {
    const user = new User([left, right]);
    user.run('edit.selectAll');
    user.dragBox([0.875, 0.5], [0.5, 0.375]);
    expect(user.box('box-1')).toEqual([0.125, 0.25, 0.25, 0.375]);
    expect(user.box('box-2')).toEqual([0.375, 0.25, 0.5, 0.375]);
  });

  it('leaves something to drag a small box by', () => {
    const user = new User([[0.5, 0.5, 0.52, 0.52]]);
    user.click(0.51, 0.51);
    user.dragBox([0.51, 0.51], [0.61, 0.51]);
    expect(user.box('box-1')[2] - user.box('box-1')[0]).toBeCloseTo(0.02, 5);
  });
});

describe('marquee', () => {
  it('selects what it touches, and with Shift adds', () => {
    const user = new User([left, right]);
    user.editor.setTool('select');
    user.dragBox([0.05, 0.1], [0.2, 0.3]);
    expect(user.selection).toEqual(['box-1']);
    user.dragBox([0.95, 0.1], [0.8, 0.3], { shift: true });
    expect(user.selection).toEqual(['box-1', 'box-2']);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });
});

describe('clicking', () => {
  const pile: Box[] = [
    [0.1, 0.1, 0.9, 0.9],
    [0.2, 0.2, 0.8, 0.8],
    [0.3, 0.3, 0.7, 0.7],
  ];

  it('reaches the topmost first, then the ones below, around and around', () => {
    const user = new User(pile);
    const seen = [1, 2, 3, 4].map(() => {
      user.click(0.5, 0.5);
      return user.selection;
    });
    expect(seen).toEqual([['box-3'], ['box-2'], ['box-1'], ['box-3']]);
  });

  it('Alt and a press reach the one below at once', () => {
    const user = new User(pile);
    user.click(0.5, 0.5);
    user.press(0.5, 0.5, { alt: true });
    expect(user.selection).toEqual(['box-2']);
  });

  it('drags the selected box even when another lies over it', () => {
    const user = new User(pile);
    user.editor.select(['box-1']);
    user.dragBox([0.5, 0.5], [0.55, 0.5]);
    expect(user.selection).toEqual(['box-1']);
    expect(user.box('box-1')[0]).toBeGreaterThan(0.1);
    expect(user.box('box-3')).toEqual(pile[2]);
  });

  it('passes over locked and hidden boxes', () => {
    const boxes = pile.map((box, index) =>
      boxOf(index, box, index === 2 ? { locked: true } : index === 1 ? { hidden: true } : {}),
    );
    const user = new User([], { boxes });
    user.click(0.5, 0.5);
    expect(user.selection).toEqual(['box-1']);
    user.click(0.5, 0.5);
    expect(user.selection).toEqual(['box-1']);
  });

  it('a double click edits the phrase of the box that was meant, not of the one below', () => {
    const user = new User(pile);
    user.click(0.5, 0.5);
    user.doubleClick(0.5, 0.5);
    expect(user.selection).toEqual(['box-3']);
    expect(user.editor.getSnapshot().editing).toBe('box-3');
  });

  it('a click and a drag right after it move the box', () => {
    const user = new User([left]);
    user.click(0.25, 0.375);
    user.doubleDrag([0.25, 0.375], [0.5, 0.375]);
    expect(user.editor.getSnapshot().editing).toBeNull();
    expect(user.box('box-1')[0]).toBeCloseTo(left[0] + 0.25, 2);
  });

  it('a double click on a box that was not selected edits it', () => {
    const user = new User(pile);
    user.doubleClick(0.5, 0.5);
    expect(user.editor.getSnapshot().editing).toBe('box-3');
  });

  it('Shift adds and takes away', () => {
    const user = new User([left, right]);
    user.click(0.25, 0.375);
    user.click(0.75, 0.375, { shift: true });
    expect(user.selection).toEqual(['box-1', 'box-2']);
    user.click(0.25, 0.375, { shift: true });
    expect(user.selection).toEqual(['box-2']);
  });

  it('on the empty image deselects', () => {
    const user = new User([left]);
    user.click(0.25, 0.375);
    user.click(0.9, 0.9);
    expect(user.selection).toEqual([]);
  });
});

describe('the view', () => {
  it('pans with Space and with the middle button, and gives the drag back on Escape', () => {
    const user = new User([left]);
    const before = user.editor.getSnapshot().viewport;
    user.editor.setSpace(true);
    const start = user.input(0.25, 0.375);
    user.editor.pointerDown(start);
    const moved = { ...start, point: screenPoint(start.point.x + 30, start.point.y - 20) };
    user.editor.pointerMove(moved);
    expect(user.editor.getSnapshot().viewport).toEqual({ ...before, x: before.x + 30, y: before.y - 20 });
    expect(user.editor.getSnapshot().cursor).toBe('grabbing');
    user.key('Escape');
    expect(user.editor.getSnapshot().viewport).toEqual(before);
    expect(user.editor.getSnapshot().fitted).toBe(true);
    user.editor.setSpace(false);
    user.editor.pointerDown({ ...start, button: 1 });
    user.editor.pointerMove(moved);
    user.editor.pointerUp(moved);
    expect(user.editor.getSnapshot().viewport.x).toBe(before.x + 30);
    expect(user.box('box-1')).toEqual(left);
  });

  it('zooms to the pointer with the wheel', () => {
    const user = new User([left]);
    const before = user.input(0.25, 0.25).point;
    user.editor.wheel({ point: before, dx: 0, dy: -100, modifiers: noModifiers });
    const after = user.input(0.25, 0.25).point;
    expect(user.editor.getSnapshot().viewport.zoom).toBeGreaterThan(1);
    expect(after.x).toBeCloseTo(before.x, 6);
    expect(after.y).toBeCloseTo(before.y, 6);
  });

  it('stays fitted when the canvas or the image changes its size, until the user zooms', () => {
    const user = new User();
    user.editor.setCanvasSize({ width: 1088, height: 1088 });
    expect(user.editor.getSnapshot().viewport.zoom).toBe(2);
    user.editor.edit('step.size', (document) => ({ ...document, width: 1024, height: 1024 }));
    expect(user.editor.getSnapshot().viewport.zoom).toBe(1);
    user.editor.zoomBy(2);
    user.editor.setCanvasSize({ width: 500, height: 500 });
    expect(user.editor.getSnapshot().viewport.zoom).toBe(2);
  });
});

describe('Escape in the middle of any gesture', () => {
  it('restores the document, the selection and the history exactly', () => {
    const point = uniform(-0.1, 1.1);
    const modifiers = fc.record({ shift: fc.boolean(), alt: fc.boolean(), mod: fc.boolean() });
    fc.assert(
      fc.property(
        fc.subarray(['box-1', 'box-2', 'box-3']),
        fc.boolean(),
        fc.constantFrom<'draw' | 'select'>('draw', 'select'),
        fc.tuple(point, point, modifiers),
        fc.array(fc.tuple(point, point, modifiers), { maxLength: 6 }),
        (selected, snapping, tool, [x, y, held], moves) => {
          const user = new User([left, right, [0.3, 0.3, 0.7, 0.7]]);
          user.editor.edit('step.negative', (document) => ({ ...document, negative: 'blurry' }));
          user.editor.edit('step.negative', (document) => ({ ...document, negative: 'dark' }));
          user.editor.undo();
          user.editor.setSnapping(snapping);
          user.editor.setTool(tool);
          user.editor.select(selected);
          const before = user.editor.getSnapshot();
          user.press(x, y, held);
          for (const [mx, my, with_] of moves) {
            user.drag(mx, my, with_);
          }
          if (user.editor.getSnapshot().gesture === null) {
            return;
          }
          user.key('Escape');
          const after = user.editor.getSnapshot();
          expect(after.document).toBe(before.document);
          expect(after.selection).toEqual(before.selection);
          expect(after.redoLabel).toBe('step.negative');
          expect(after.undoLabel).toBe('step.negative');
          expect(after.gesture).toBeNull();
          expect(after.draft).toBeNull();
          expect(after.guides).toEqual([]);
          expect(after.viewport).toEqual(before.viewport);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('Ctrl+Z in the middle of a drag takes back the drag only', () => {
    const user = new User([left]);
    user.dragBox([0.25, 0.375], [0.5, 0.5]);
    const before = user.document;
    user.press(0.5, 0.5);
    user.drag(0.7, 0.7);
    user.key('z', { mod: true });
    expect(user.document).toBe(before);
    user.key('z', { mod: true });
    expect(user.box('box-1')).toEqual(left);
  });
});

it('listeners hear once per input', () => {
  const user = new User([left]);
  let calls = 0;
  user.editor.subscribe(() => {
    calls += 1;
  });
  user.editor.load(documentOf([left, right]));
  expect(calls).toBe(1);
  user.press(0.25, 0.375);
  user.drag(0.5, 0.5);
  calls = 0;
  user.drag(0.6, 0.6);
  expect(calls).toBe(1);
  user.release(0.6, 0.6);
  expect(calls).toBe(2);
});
