import { expect, it } from 'vitest';
import { setPhrase } from '../../../renderer/editor/document.ts';
import { User } from './helpers.ts';

it('a read-only document is looked at and selected in, never changed, and that is told', () => {
  const user = new User([[0.1, 0.1, 0.4, 0.4]]);
  user.dragBox([0.2, 0.2], [0.3, 0.3]);
  user.press(0.3, 0.3);
  user.drag(0.4, 0.4);
  user.editor.setReadOnly(true);
  user.release(0.4, 0.4);
  // The drag that went on ended where it was.
  const before = user.document;
  expect(user.editor.getSnapshot().settled).toBe(before);

  user.click(0.35, 0.35);
  expect(user.selection).toEqual(['box-1']);
  const refused: (() => void)[] = [
    () => user.dragBox([0.35, 0.35], [0.5, 0.5]),
    () => user.dragBox([0.6, 0.6], [0.9, 0.9], { mod: true }),
    () => user.key('Delete'),
    () => user.key('ArrowLeft'),
    () => user.key('d', { mod: true }),
    () => user.key('z', { mod: true }),
    () => user.editor.hold('x', 'step.phrase', (document) => setPhrase(document, 'box-1', 'x')),
  ];
  for (const change of refused) {
    const serial = user.editor.getSnapshot().notice?.serial ?? 0;
    change();
    const { notice } = user.editor.getSnapshot();
    expect(user.document).toEqual(before);
    expect(notice?.key).toBe('notice.readOnly');
    expect(notice?.serial).toBeGreaterThan(serial);
  }
  user.editor.setReadOnly(false);
  user.editor.select(['box-1']);
  user.key('Delete');
  expect(user.document.boxes).toEqual([]);
});
