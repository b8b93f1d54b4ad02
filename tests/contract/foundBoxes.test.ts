import { describe, expect, it } from 'vitest';
import { boxesOfResult } from '../../preload/contract/foundBoxes.ts';
import { requestSchema } from '../../preload/contract/request.ts';

const fields = { version: 1, model: 'm', width: 64, height: 32, caption: 'two dogs', seed: 1 };
const found = (id: string, bbox: [number, number, number, number] | null): Parameters<typeof boxesOfResult>[0]['boxes'][number] => ({
  id, phrase: 'dog', area: 1, bbox, rle: { size: [32, 64], counts: '' }, boxIou: null,
}); // prettier-ignore

describe('the boxes of a result', () => {
  it('are those of its layout', () => {
    const request = requestSchema.parse({
      ...fields,
      boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 0.5, 1] }],
    });
    expect(boxesOfResult({ request, boxes: [found('a', [1, 1, 2, 2])] })).toEqual([[0, 0, 0.5, 1]]);
  });

  it('are the masks own where there was none, and null for an empty mask', () => {
    const request = requestSchema.parse({ ...fields, boxes: [], instances: [{ phrase: 'dog', count: 2 }] });
    const boxes = [found('instance-1', [16, 8, 48, 24]), found('instance-2', null)];
    expect(boxesOfResult({ request, boxes })).toEqual([[0.25, 0.25, 1, 1], null]);
  });
});
