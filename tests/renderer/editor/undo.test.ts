import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  updateIsac,
  updateSettings,
  setCaption,
  setNegative,
  remakeCaption,
} from '../../../renderer/editor/document.ts';
import type { LayoutDocument } from '../../../renderer/editor/document.ts';
import { sizeCommands, sizePresets } from '../../../renderer/editor/commands/sizes.ts';
import { standardCommands } from '../../../renderer/editor/commands/standard.ts';
import { deepFreeze, uniform, User } from './helpers.ts';

/** Everything a user can do, as data. */
type Action =
  | { readonly do: 'command'; readonly id: string }
  | { readonly do: 'select'; readonly index: number; readonly add: boolean }
  | {
      readonly do: 'drag';
      readonly from: readonly [number, number];
      readonly to: readonly [number, number];
      readonly modifiers: { readonly shift: boolean; readonly alt: boolean; readonly mod: boolean };
      readonly cancel: boolean;
    }
  | { readonly do: 'type'; readonly text: string; readonly keep: boolean }
  | { readonly do: 'slider'; readonly values: readonly number[] }
  | { readonly do: 'caption'; readonly text: string }
  | { readonly do: 'nudge'; readonly times: number };

const sizes = sizeCommands(sizePresets({ width: 512, height: 512 }, 64));
const ids = [...standardCommands, ...sizes].map(({ id }) => id);
const travel = new Set(['edit.undo', 'edit.redo']);
const share = uniform(0, 1);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('command' as const), id: fc.constantFrom(...ids) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('select' as const), index: fc.nat(5), add: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('drag' as const),
      from: fc.tuple(share, share),
      to: fc.tuple(share, share),
      modifiers: fc.record({ shift: fc.boolean(), alt: fc.boolean(), mod: fc.boolean() }),
      cancel: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('type' as const), text: fc.string(), keep: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('slider' as const),
      values: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('caption' as const), text: fc.string() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('nudge' as const), times: fc.nat(12) }) },
);

function perform(user: User, step: Action): void {
  const { editor } = user;
  switch (step.do) {
    case 'command':
      user.run(step.id);
      break;
    case 'select': {
      const id = user.document.boxes[step.index % Math.max(1, user.document.boxes.length)]?.id;
      editor.select(id === undefined ? [] : step.add ? [...user.selection, id] : [id]);
      break;
    }
    case 'drag':
      user.press(step.from[0], step.from[1], step.modifiers);
      user.drag((step.from[0] + step.to[0]) / 2, (step.from[1] + step.to[1]) / 2, step.modifiers);
      if (step.cancel) {
        user.key('Escape');
      } else {
        user.release(step.to[0], step.to[1], step.modifiers);
      }
      break;
    case 'type':
      user.run('box.rename');
      editor.typePhrase(step.text.slice(0, 1));
      editor.typePhrase(step.text);
      editor.stopEditing(step.keep ? 'keep' : 'discard');
      break;
    case 'slider':
      for (const value of step.values) {
        editor.hold('settings.steps', 'step.settings', (document) =>
          updateIsac(updateSettings(document, { steps: value }), { strength: value / 100 }),
        );
      }
      editor.release();
      break;
    case 'caption':
      editor.edit('step.caption', (document) =>
        step.text === '' ? remakeCaption(document) : setNegative(setCaption(document, step.text), step.text),
      );
      break;
    case 'nudge':
      user.key('ArrowRight', { shift: step.times % 2 === 0 }, step.times);
      break;
  }
}

function newUser(): User {
  const user = new User([
    [0.1, 0.1, 0.4, 0.5],
    [0.3, 0.2, 0.7, 0.6],
    [0.5, 0.5, 0.9, 0.9],
  ]);
  user.commands.registerAll(sizes);
  return user;
}

describe('undo', () => {
  it('restores the exact document and selection of every step, back and forth, after any sequence', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 40 }), (actions) => {
        const user = newUser();
        const { editor } = user;
        const documents: LayoutDocument[] = [user.document];
        let index = 0;
        for (const step of actions) {
          perform(user, step);
          const now = deepFreeze(user.document);
          if (step.do === 'command' && travel.has(step.id)) {
            index = Math.min(documents.length - 1, Math.max(0, index + (step.id === 'edit.undo' ? -1 : 1)));
          } else if (editor.getSnapshot().redoLabel === null || index === documents.length - 1) {
            // A step was made (or nothing was): whatever could be redone is gone.
            const last = documents[index];
            if (JSON.stringify(last) !== JSON.stringify(now)) {
              documents.length = index + 1;
              documents.push(now);
              index += 1;
            } else if (editor.getSnapshot().redoLabel === null) {
              documents.length = index + 1;
            }
          }
          expect(now).toEqual(documents[index]);
          expect(user.selection.every((id) => now.boxes.some((box) => box.id === id))).toBe(true);
        }
        while (index > 0) {
          expect(editor.getSnapshot().undoLabel).not.toBeNull();
          editor.undo();
          index -= 1;
          expect(user.document).toEqual(documents[index]);
        }
        expect(editor.getSnapshot().undoLabel).toBeNull();
        while (index < documents.length - 1) {
          editor.redo();
          index += 1;
          expect(user.document).toEqual(documents[index]);
        }
        expect(editor.getSnapshot().redoLabel).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  it('brings the selection back that was there before the step', () => {
    const user = newUser();
    user.editor.select(['box-1', 'box-2']);
    user.run('edit.delete');
    expect(user.selection).toEqual([]);
    user.editor.select(['box-3']);
    user.editor.undo();
    expect(user.selection).toEqual(['box-1', 'box-2']);
  });

  it('takes a held arrow key as one step, and the next press as another', () => {
    const user = newUser();
    user.editor.select(['box-1']);
    const before = user.box('box-1');
    user.key('ArrowRight', {}, 9);
    user.key('ArrowDown', { shift: true }, 1);
    expect(user.box('box-1')[0] - before[0]).toBeCloseTo(10 / 512, 5);
    expect(user.box('box-1')[1] - before[1]).toBeCloseTo(20 / 512, 5);
    user.editor.undo();
    expect(user.box('box-1')[1]).toBe(before[1]);
    user.editor.undo();
    expect(user.box('box-1')).toEqual(before);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('takes a slider drag as one step however long it lasts, and gives it back on Escape', () => {
    const user = newUser();
    const slide = (steps: number): void =>
      user.editor.hold('steps', 'step.settings', (document) => updateSettings(document, { steps }));
    [26, 30, 40].forEach(slide);
    user.editor.release();
    [41, 45].forEach(slide);
    user.editor.abandon();
    expect(user.document.settings.steps).toBe(40);
    user.editor.undo();
    expect(user.document.settings.steps).toBe(25);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('keeps two sliders apart without a release between them', () => {
    const user = newUser();
    user.editor.hold('steps', 'step.settings', (document) => updateSettings(document, { steps: 30 }));
    user.editor.hold('guidance', 'step.settings', (document) =>
      updateSettings(document, { guidanceScale: 7 }),
    );
    user.run('edit.undo');
    expect(user.document.settings).toMatchObject({ steps: 30, guidanceScale: 5 });
    user.run('edit.undo');
    expect(user.document.settings.steps).toBe(25);
  });

  it('saves what is being typed, but not the middle of a drag', () => {
    const user = newUser();
    user.editor.startEditing('box-1');
    user.editor.typePhrase('half a wo');
    expect(user.editor.getSnapshot().settled.boxes[0]?.phrase).toBe('half a wo');
  });

  it('never gives an id a second time', () => {
    const user = newUser();
    user.editor.select(['box-3']);
    user.run('edit.duplicate');
    user.run('edit.delete');
    user.editor.select(['box-3']);
    user.run('edit.duplicate');
    expect(user.document.boxes.map(({ id }) => id)).toEqual(['box-1', 'box-2', 'box-3', 'box-5']);
  });
});
