import { describe, expect, it } from 'vitest';
import { requestSchema } from '../../preload/contract/request.ts';
import { documentOfRequest } from '../../main/projects/documentOfRequest.ts';
import { documentOfLayout } from '../../main/projects/imports/layoutFile.ts';
import { layoutSchema } from '../../preload/contract/layout.ts';
import { emptyDocument, setColour, setPhrase, withMadeCaption } from '../../renderer/editor/document.ts';
import type { LayoutDocument } from '../../renderer/editor/document.ts';
import { documentToRequest } from '../../renderer/editor/layoutIO.ts';

const drawn: LayoutDocument = setColour(
  withMadeCaption({
    ...emptyDocument('m', { width: 128, height: 128 }),
    boxes: [
      { id: 'a', phrase: 'red apple', box: [0, 0, 0.5, 1], colour: 0, locked: false, hidden: false },
      { id: 'h', phrase: 'ghost', box: [0, 0, 1, 1], colour: 1, locked: false, hidden: true },
      { id: 'b', phrase: 'pear', box: [0.4, 0, 1, 1], colour: 2, locked: false, hidden: false },
    ],
  }),
  ['a'],
  7,
);

/** As the request comes back out of a result or a PNG. */
function restored(document: LayoutDocument): LayoutDocument {
  const request = documentToRequest(document);
  if (!request.ok) throw new Error(request.message.key);
  return documentOfRequest(requestSchema.parse(JSON.parse(JSON.stringify(request.value))));
}

describe('the document of a request', () => {
  it('follows its boxes when its caption was made of them', () => {
    const back = restored(drawn);
    expect(back.caption).toEqual({ text: 'a red apple and a pear', edited: false });
    expect(withMadeCaption(setPhrase(back, 'a', 'blue fish'), back).caption.text).toBe(
      'a blue fish and a pear',
    );
  });

  it('keeps a caption that was written', () => {
    const caption = { text: 'fruit on a table', edited: true };
    expect(restored({ ...drawn, caption }).caption).toEqual(caption);
    const counted = { ...drawn, boxes: [], caption: { text: 'two dogs', edited: true } };
    expect(restored(counted).caption).toEqual({ text: 'two dogs', edited: true });
  });

  it('keeps the colours, past hidden boxes too', () => {
    expect(restored(drawn).boxes.map(({ id, colour }) => [id, colour])).toEqual([
      ['a', 7],
      ['b', 2],
    ]);
  });

  it('of an older result has colours by the order of its boxes', () => {
    const old = requestSchema.parse({
      version: 1, model: 'm', width: 128, height: 128, caption: 'a dog', seed: 1,
      boxes: [{ id: 'x', phrase: 'dog', box: [0, 0, 1, 1] }],
    }); // prettier-ignore
    expect(documentOfRequest(old)).toMatchObject({ boxes: [{ colour: 0 }], caption: { edited: false } });
  });
});

it('a layout file whose caption is what its boxes make follows them, too', () => {
  const layout = layoutSchema.parse({
    version: 1,
    caption: 'a dog',
    boxes: [{ id: 'x', phrase: 'dog', box: [0, 0, 1, 1] }],
  });
  const defaults = { model: 'm', width: 128, height: 128 };
  expect(documentOfLayout(layout, defaults).caption.edited).toBe(false);
  expect(documentOfLayout({ ...layout, caption: 'my dog' }, defaults).caption.edited).toBe(true);
});
