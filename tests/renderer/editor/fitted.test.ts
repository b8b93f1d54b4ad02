import { expect, it } from 'vitest';
import { documentSchema } from '../../../preload/contract/project.ts';
import { MAX_CAPTION, MAX_PHRASE, setCaption, setPhrase } from '../../../renderer/editor/document.ts';
import { User } from './helpers.ts';

it('tells of a phrase that is longer than there is room for, and keeps what fits', () => {
  const user = new User([[0, 0, 0.5, 0.5]]);
  user.editor.startEditing('box-1');
  user.editor.typePhrase('d'.repeat(MAX_PHRASE));
  expect(user.editor.getSnapshot().notice).toBeNull();
  user.editor.typePhrase('d'.repeat(MAX_PHRASE + 1));
  expect(user.document.boxes[0]?.phrase).toBe('d'.repeat(MAX_PHRASE));
  expect(user.editor.getSnapshot().notice).toMatchObject({ key: 'notice.textTooLong', values: { max: 200 } });
});

it('cuts at what a project can hold', () => {
  const { document, editor } = new User([[0, 0, 0.5, 0.5]]);
  const full = setCaption(setPhrase(document, 'box-1', 'd'.repeat(MAX_PHRASE)), 'c'.repeat(MAX_CAPTION));
  expect(documentSchema.safeParse(full).success).toBe(true);
  const [box] = full.boxes;
  const over = [
    { ...full, boxes: [{ ...box, phrase: 'd'.repeat(MAX_PHRASE + 1) }] },
    { ...full, caption: { text: 'c'.repeat(MAX_CAPTION + 1), edited: true } },
  ];
  expect(over.map((one) => documentSchema.safeParse(one).success)).toEqual([false, false]);
  expect(editor.fitted('c'.repeat(MAX_CAPTION + 1), MAX_CAPTION)).toHaveLength(MAX_CAPTION);
});
