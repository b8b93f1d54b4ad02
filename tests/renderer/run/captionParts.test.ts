import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionRanges } from '../../../preload/contract/caption.ts';
import type { DocumentBox } from '../../../preload/contract/project.ts';
import { captionParts } from '../../../renderer/run/captionParts.ts';

const box = (id: string, phrase: string): DocumentBox => ({
  id,
  phrase,
  box: [0, 0, 1, 1],
  colour: 0,
  locked: false,
  hidden: false,
});

function partsOf(caption: string, boxes: readonly DocumentBox[]): [string, string | null][] {
  const ranges = captionRanges(
    caption,
    boxes.map(({ phrase }) => phrase),
  );
  const words = boxes.flatMap((one, index) => {
    const range = ranges[index];
    return range ? [{ ...range, box: one }] : [];
  });
  return captionParts(caption, words).map((part) => [part.text, part.box?.id ?? null]);
}

describe('parts of the caption', () => {
  it('give the words of a box their box', () => {
    expect(partsOf('a brown dog and a sheep', [box('s', 'sheep'), box('d', 'brown dog')])).toEqual([
      ['a ', null],
      ['brown dog', 'd'],
      [' and a ', null],
      ['sheep', 's'],
    ]);
  });

  it('show words that two boxes share once', () => {
    expect(partsOf('an apple', [box('a', 'apple'), box('b', 'apple')])).toEqual([
      ['an ', null],
      ['apple', 'a'],
    ]);
  });

  it('together are the caption, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string({ maxLength: 6 }), { maxLength: 5 }),
        (caption, phrases) => {
          const boxes = phrases.map((phrase, index) => box(String(index), phrase));
          expect(
            partsOf(caption, boxes)
              .map(([text]) => text)
              .join(''),
          ).toBe(caption);
        },
      ),
    );
  });
});
