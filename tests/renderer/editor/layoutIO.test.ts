import { describe, expect, it } from 'vitest';
import { layoutSchema } from '../../../preload/contract/layout.ts';
import { documentSchema } from '../../../preload/contract/project.ts';
import { advanceSeed, setCaption, updateSettings } from '../../../renderer/editor/document.ts';
import { layoutHardness, wordSimilarity } from '../../../renderer/editor/hardness.ts';
import {
  documentToLayout,
  documentToRequest,
  layoutToDocument,
  parseLayout,
  requestProblems,
  requestToDocument,
} from '../../../renderer/editor/layoutIO.ts';
import type { Outcome } from '../../../renderer/editor/message.ts';
import { editorStrings } from '../../../renderer/editor/strings.ts';
import { withMadeCaption } from '../../../renderer/editor/document.ts';
import { boxOf, documentOf } from './helpers.ts';

function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) {
    throw new Error(outcome.message.key);
  }
  return outcome.value;
}

function failure(outcome: Outcome<unknown>): string {
  if (outcome.ok) {
    throw new Error('expected a failure');
  }
  expect(Object.keys(editorStrings.en)).toContain(outcome.message.key);
  return outcome.message.key;
}

const document = withMadeCaption(
  documentOf([], {
    boxes: [
      boxOf(0, [0, 0, 0.5, 0.5], { phrase: 'dog' }),
      boxOf(1, [0.25, 0.25, 0.75, 0.75], { phrase: 'sheep' }),
      boxOf(2, [0, 0, 1, 1], { phrase: 'ghost', hidden: true }),
    ],
    bind: [
      ['box-1', 'box-2'],
      ['box-1', 'box-3'],
    ],
    negative: 'blurry',
  }),
);

describe('documents and requests', () => {
  it('leave hidden boxes and their pairs out of the request', () => {
    const request = value(documentToRequest(document));
    expect(request.boxes.map(({ id }) => id)).toEqual(['box-1', 'box-2']);
    expect(request.bind).toEqual([['box-1', 'box-2']]);
    expect(request.caption).toBe('a dog and a sheep');
    expect(request).toMatchObject({ version: 1, width: 512, negative: 'blurry', model: 'tiny', steps: 25 });
  });

  it('come back from a request with colours, settings and whether the caption was made', () => {
    const changed = updateSettings(document, { steps: 9, seed: 1234 });
    const request = value(documentToRequest(changed));
    const back = requestToDocument(request, document);
    expect(documentSchema.safeParse(back).success).toBe(true);
    expect(back.settings).toEqual(changed.settings);
    expect(back.boxes[1]).toEqual(document.boxes[1]);
    expect(back.caption).toEqual({ text: 'a dog and a sheep', edited: false });
    expect(value(documentToRequest(back))).toEqual(request);
    const own = requestToDocument({ ...request, caption: 'my own words' }, document);
    expect(own.caption).toEqual({ text: 'my own words', edited: true });
  });

  it('say in a sentence what keeps them from running', () => {
    const problem = (boxes: typeof document.boxes): string | undefined =>
      requestProblems({ ...document, boxes }).at(0)?.key;
    expect(problem([])).toBe('problem.noBoxes');
    expect(problem([boxOf(0, [0, 0, 1, 1], { phrase: ' ' })])).toBe('problem.noPhrase');
    const many = Array.from({ length: 31 }, (_, index) => boxOf(index, [0, 0, 1, 1]));
    expect(problem(many)).toBe('problem.tooManyBoxes');
    expect(failure(documentToRequest({ ...document, boxes: many, bind: [] }))).toBe('problem.tooManyBoxes');
    expect(requestProblems(document)).toEqual([]);
  });
});

describe('layout files', () => {
  it('come back as they were written', () => {
    const layout = value(documentToLayout(setCaption(document, 'a dog licking a sheep')));
    const back = value(parseLayout(JSON.stringify(layout)));
    expect(back).toEqual(layout);
    const opened = layoutToDocument(back, documentOf([], { negative: 'old' }));
    expect(opened.caption).toEqual({ text: 'a dog licking a sheep', edited: true });
    expect(opened.boxes.map(({ box }) => box)).toEqual(document.boxes.slice(0, 2).map(({ box }) => box));
    expect(opened.negative).toBe('blurry');
  });

  it('fill in what they leave out', () => {
    const layout = layoutSchema.parse({
      version: 1,
      boxes: [{ id: 'a', phrase: 'owl', box: [0, 0, 1, 1] }],
    });
    const opened = layoutToDocument(layout, documentOf());
    expect(opened).toMatchObject({ width: 512, caption: { text: 'an owl', edited: false }, negative: '' });
  });

  it.each([
    ['no JSON', 'hello', 'import.notJson'],
    ['another version', '{"version":7}', 'import.layoutVersion'],
    ['no boxes', '{"version":1,"boxes":[]}', 'import.layout'],
    [
      'a stranger in bind',
      '{"version":1,"boxes":[{"id":"a","phrase":"x","box":[0,0,1,1]}],"bind":[["a","b"]]}',
      'import.layout',
    ],
    ['a list', '[]', 'import.layout'],
  ])('%s is refused', (_, text, key) => {
    expect(failure(parseLayout(text))).toBe(key);
  });
});

describe('hardness', () => {
  it('is the sum over pairs of IoU times similarity, and names the hardest pair', () => {
    const three = documentOf([], {
      boxes: [
        boxOf(0, [0, 0, 0.5, 1]),
        boxOf(1, [0.25, 0, 0.75, 1]),
        boxOf(2, [0.5, 0, 1, 1]),
        boxOf(3, [0, 0, 1, 1], { hidden: true }),
      ],
    });
    const alike = (x: string, y: string): number => (x.endsWith('1') || y.endsWith('1') ? 0.25 : 0.75);
    const result = layoutHardness(three, alike);
    expect(result.score).toBeCloseTo(1 / 3, 10);
    expect(result.pairs).toHaveLength(2);
    expect(result.worst).toMatchObject({ a: 'box-2', b: 'box-3', similarity: 0.75 });
    expect(layoutHardness(documentOf(), alike)).toEqual({ score: 0, worst: null, pairs: [] });
  });

  it('falls back to the words of the phrases', () => {
    expect(wordSimilarity('a red dog', 'the red dog')).toBeCloseTo(1, 10);
    expect(wordSimilarity('red dog', 'blue dog')).toBeCloseTo(0.75, 10);
    expect(wordSimilarity('dog', 'sheep')).toBe(0.5);
    expect(wordSimilarity('', 'sheep')).toBe(0.5);
  });
});

describe('the next seed', () => {
  it('stays, is drawn or counts up, and never leaves what a request may hold', () => {
    const at = (seedMode: 'locked' | 'random' | 'next', seed: number): number =>
      advanceSeed({ ...updateSettings(document, { seed }), seedMode }, () => 0.5).settings.seed;
    expect(at('locked', 7)).toBe(7);
    expect(at('next', 7)).toBe(8);
    expect(at('next', Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(at('random', 7)).toBe(2 ** 31);
  });
});
