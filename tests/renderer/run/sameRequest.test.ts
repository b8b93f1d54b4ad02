import { expect, it } from 'vitest';
import { requestSchema } from '../../../preload/contract/request.ts';
import { sameRequest } from '../../../renderer/run/sameRequest.ts';

const request = requestSchema.parse({
  version: 1, model: 'm', width: 64, height: 64, caption: 'a dog', seed: 1,
  boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 0.5, 1], colour: 3 }],
}); // prettier-ignore
const [box] = request.boxes;

it.each([
  ['colours', { boxes: [{ ...box, colour: 4 }] }],
  ['no colour', { boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 0.5, 1] }] }],
  ['tiles', { vaeTile: 32 }],
  ['slices', { attentionSlices: 4 }],
  ['a precision that one does not know', { precision: 'float16' }],
])('is the same picture with other %s', (_, change) => {
  const other = requestSchema.parse({ ...request, ...change });
  expect(sameRequest(request, other)).toBe(true);
  expect(sameRequest(other, request)).toBe(true);
});

it.each([
  ['seed', { seed: 2 }],
  ['caption', { caption: 'a dog ' }],
  ['phrase', { boxes: [{ ...box, phrase: 'cat' }] }],
  ['place, by a hair', { boxes: [{ ...box, box: [0, 0, 0.5001, 1] }] }],
  ['method', { isac: { method: 'none' } }],
  ['source', { source: { image: 'a'.repeat(64), denoise: 0.5, repaint: null } }],
])('is another picture with another %s', (_, change) => {
  expect(sameRequest(request, requestSchema.parse({ ...request, ...change }))).toBe(false);
});
