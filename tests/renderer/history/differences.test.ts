import { describe, expect, it } from 'vitest';
import { requestSchema } from '../../../preload/contract/request.ts';
import { differences } from '../../../renderer/history/differences.ts';

const request = requestSchema.parse({
  version: 1,
  model: 'tiny',
  width: 128,
  height: 128,
  caption: 'a dog and a sheep',
  boxes: [
    { id: 'a', phrase: 'dog', box: [0, 0, 0.6, 1] },
    { id: 'b', phrase: 'sheep', box: [0.4, 0, 1, 1] },
  ],
  seed: 1,
});

describe('differences of two requests', () => {
  it('are none for the same request', () => {
    expect(differences(request, structuredClone(request))).toEqual([]);
  });

  it('name the source picture and what is repainted of it', () => {
    const source = { image: 'ab'.repeat(32), denoise: 1, repaint: null };
    const repainted = {
      ...source,
      repaint: { boxes: ['b'], masks: [{ size: [1, 1] as [number, number], counts: '1' }], grow: 0 },
    };
    expect(differences(request, { ...request, source })).toEqual([
      { name: 'source', a: '–', b: 'abababab' },
      { name: 'source.denoise', a: '–', b: '1' },
    ]);
    expect(differences({ ...request, source }, { ...request, source: repainted })).toEqual([
      { name: 'source.repaint', a: '–', b: 'sheep, mask' },
    ]);
    expect(
      differences({ ...request, source: repainted }, { ...request, source: structuredClone(repainted) }),
    ).toEqual([]);
  });

  it('name settings, ISAC’s among them', () => {
    const other = { ...request, seed: 2, isac: { ...request.isac, method: 'none' as const } };
    expect(differences(request, other)).toEqual([
      { name: 'seed', a: '1', b: '2' },
      { name: 'isac.method', a: 'lo', b: 'none' },
    ]);
  });

  it('name what only one of them asked for', () => {
    const sliced = { ...request, attentionSlices: 4 };
    expect(differences(request, sliced)).toEqual([{ name: 'attentionSlices', a: '–', b: '4' }]);
    expect(differences(sliced, request)).toEqual([{ name: 'attentionSlices', a: '4', b: '–' }]);
  });

  it('name boxes that moved, came or went, and pairs', () => {
    const [dog, sheep] = request.boxes;
    if (dog === undefined || sheep === undefined) throw new Error('two boxes');
    const other = {
      ...request,
      boxes: [
        { ...dog, box: [0, 0, 0.5, 1] as [number, number, number, number] },
        { ...sheep, id: 'c', phrase: 'cat' },
      ],
      bind: [['a', 'c'] as [string, string]],
    };
    expect(differences(request, other)).toEqual([
      { name: 'box: dog', a: 'dog (0.0, 0.0) – (60.0, 100.0) %', b: 'dog (0.0, 0.0) – (50.0, 100.0) %' },
      { name: 'box: sheep', a: 'sheep (40.0, 0.0) – (100.0, 100.0) %', b: '–' },
      { name: 'box: cat', a: '–', b: 'cat (40.0, 0.0) – (100.0, 100.0) %' },
      { name: 'bind', a: '–', b: 'a + c' },
    ]);
  });
});
