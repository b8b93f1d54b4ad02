import { describe, expect, it } from 'vitest';
import { requestSchema } from '../../../preload/contract/request.ts';
import { setCaption, updateIsac } from '../../../renderer/editor/document.ts';
import {
  documentToLayout,
  documentToRequest,
  requestProblems,
  requestToDocument,
} from '../../../renderer/editor/layoutIO.ts';
import { addLora, loraName, removeLora, setLoraWeight } from '../../../renderer/editor/loras.ts';
import { addMaskBoxes, bornInstances } from '../../../renderer/editor/masksToBoxes.ts';
import { User } from './helpers.ts';

const found = [
  { id: 'instance-1', phrase: 'horse', bbox: [0, 16, 32, 48] as [number, number, number, number] },
  { id: 'instance-2', phrase: 'horse', bbox: null },
  { id: 'instance-3', phrase: 'dog', bbox: [40, 0, 24, 64] as [number, number, number, number] },
];
const size = { width: 64, height: 64 };

describe('a canvas without boxes', () => {
  it('runs what its caption counts', () => {
    const user = new User();
    expect(requestProblems(user.document).map(({ key }) => key)).toEqual(['problem.noBoxes']);
    user.editor.edit('step.caption', (document) => setCaption(document, 'a beautiful landscape'));
    user.editor.edit('step.caption', (document) => setCaption(document, 'mountains at dusk'));
    expect(requestProblems(user.document).map(({ key }) => key)).toEqual(['problem.nothingCounted']);
    user.editor.edit('step.caption', (document) => setCaption(document, '20 horses and 12 dogs'));
    expect(requestProblems(user.document)).toEqual([
      { key: 'problem.tooManyInstances', values: { count: 32, max: 30 } },
    ]);
    user.editor.edit('step.caption', (document) => setCaption(document, 'two horses and a dog'));
    const outcome = documentToRequest(user.document);
    if (!outcome.ok) throw new Error(outcome.message.key);
    expect(outcome.value).toMatchObject({ boxes: [], caption: 'two horses and a dog' });
    expect(outcome.value.instances).toEqual([
      { phrase: 'horse', count: 2 },
      { phrase: 'dog', count: 1 },
    ]);
    // The document comes back from the request alone.
    expect(outcome.value.isac.strength).toBe(0.01);
    const chosen = updateIsac(user.document, { strength: 0.2 });
    const own = documentToRequest(chosen);
    expect(own.ok && own.value.isac.strength).toBe(0.2);
    expect(own.ok && requestToDocument(own.value, chosen)).toEqual(chosen);
    expect(documentToLayout(user.document)).toMatchObject({
      ok: true,
      value: { boxes: [], caption: 'two horses and a dog' },
    });
  });

  it('counts nothing once there is a box', () => {
    const user = new User([[0, 0, 1, 1]]);
    const outcome = documentToRequest(user.document);
    expect(outcome.ok && outcome.value.instances).toEqual([]);
  });
});

describe('masks as boxes', () => {
  it('are one undo step, keep their instances ids, and leave empty masks out', () => {
    const user = new User();
    user.editor.edit('step.caption', (document) => setCaption(document, 'two horses and a dog'));
    const before = user.document;
    user.editor.edit('step.masksToBoxes', (document) => addMaskBoxes(document, found, size));
    expect(user.document.boxes).toMatchObject([
      { id: 'instance-1', phrase: 'horse', box: [0, 0.25, 0.5, 1], colour: 0, hidden: false },
      { id: 'instance-3', phrase: 'dog', box: [0.625, 0, 1, 1], colour: 1, locked: false },
    ]);
    expect(user.document.caption.text).toBe('two horses and a dog');
    expect(requestProblems(user.document)).toEqual([]);
    user.editor.undo();
    expect(user.document).toEqual(before);
    user.editor.redo();
    user.editor.edit('step.masksToBoxes', (document) => addMaskBoxes(document, found, size));
    expect(new Set(user.document.boxes.map(({ id }) => id)).size).toBe(4);
  });

  it('are offered for results without a layout only', () => {
    const fields = {
      version: 1,
      model: 'm',
      width: 64,
      height: 64,
      caption: 'two horses and a dog',
      seed: 1,
    };
    const prompt = requestSchema.parse({ ...fields, boxes: [], instances: [{ phrase: 'horse', count: 2 }] });
    const layout = requestSchema.parse({ ...fields, boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }] });
    const boxes = found.map((one) => ({
      ...one,
      area: 9,
      rle: { size: [64, 64] as [number, number], counts: '' },
      boxIou: null,
    }));
    expect(bornInstances({ request: prompt, boxes }).map(({ id }) => id)).toEqual([
      'instance-1',
      'instance-3',
    ]);
    expect(bornInstances({ request: layout, boxes })).toEqual([]);
  });
});

describe('LoRAs of a document', () => {
  it('are added at full weight, weighed, taken off, and part of the request', () => {
    const user = new User([[0, 0, 1, 1]]);
    user.editor.edit('step.loras', (document) => addLora(document, '/loras/style.safetensors'));
    user.editor.edit('step.loras', (document) => addLora(document, 'C:\\loras\\horse.safetensors'));
    user.editor.hold('lora 1', 'step.loras', (document) => setLoraWeight(document, 1, -0.5));
    user.editor.release();
    const { loras } = user.document.settings;
    expect(loras).toEqual([
      { file: '/loras/style.safetensors', weight: 1 },
      { file: 'C:\\loras\\horse.safetensors', weight: -0.5 },
    ]);
    expect(loras.map(({ file }) => loraName(file))).toEqual(['style', 'horse']);
    user.editor.edit('step.loras', (document) => removeLora(document, 0));
    expect(user.document.settings.loras).toHaveLength(1);
    user.editor.undo();
    expect(user.document.settings.loras).toEqual(loras);
    for (let more = 0; more < 10; more++) {
      user.editor.edit('step.loras', (document) => addLora(document, `/loras/${more}.safetensors`));
    }
    expect(user.document.settings.loras).toHaveLength(8);
  });
});
