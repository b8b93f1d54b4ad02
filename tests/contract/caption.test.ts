import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionFromPhrases, captionRanges, withArticle } from '../../preload/contract/caption.ts';

describe('captionFromPhrases', () => {
  it.each([
    [[], ''],
    [['', '  '], ''],
    [['sheep'], 'a sheep'],
    [['red car', 'blue dog'], 'a red car and a blue dog'],
    [['red car', 'blue dog', 'sheep'], 'a red car, a blue dog and a sheep'],
    [['dog', 'dog'], 'a dog and a dog'],
    [['dog', '', 'sheep'], 'a dog and a sheep'],
    [['the dog', 'two cats', '3 birds', 'my hat'], 'the dog, two cats, 3 birds and my hat'],
  ])('%j -> %s', (phrases, caption) => {
    expect(captionFromPhrases(phrases)).toBe(caption);
  });

  it.each([
    ['apple', 'an apple'],
    ['orange cat', 'an orange cat'],
    ['unicorn', 'a unicorn'],
    ['uniform', 'a uniform'],
    ['umbrella', 'an umbrella'],
    ['uninteresting box', 'an uninteresting box'],
    ['one-eyed cat', 'a one-eyed cat'],
    ['hourglass', 'an hourglass'],
    ['house', 'a house'],
    ['European bison', 'a European bison'],
    ['Apple', 'an Apple'],
    ['A dog', 'A dog'],
    ['dogs', 'dogs'],
    ['dogs on a hill', 'dogs on a hill'],
    ['man with glasses', 'a man with glasses'],
    ['glass', 'a glass'],
    ['bus', 'a bus'],
    ['people', 'people'],
    ['  red \n car ', 'a red car'],
    ['빨간 자동차', '빨간 자동차'],
  ])('withArticle(%j) is %j', (phrase, expected) => {
    expect(withArticle(phrase)).toBe(expected);
  });
});

describe('captionRanges', () => {
  const slices = (caption: string, phrases: string[]): (string | null)[] =>
    captionRanges(caption, phrases).map((range) => (range ? caption.slice(range.start, range.end) : null));

  it('finds every phrase of a caption made from the boxes', () => {
    const phrases = ['red car', 'a blue dog', 'sheep'];
    expect(slices(captionFromPhrases(phrases), phrases)).toEqual(['red car', 'blue dog', 'sheep']);
  });

  it('gives the longer phrase its words first', () => {
    const ranges = captionRanges('a hot dog and a dog', ['dog', 'hot dog']);
    expect(ranges).toEqual([
      { start: 16, end: 19 },
      { start: 2, end: 9 },
    ]);
  });

  it('gives equal phrases successive mentions, and the last one twice when there are too few', () => {
    expect(captionRanges('a dog and a dog', ['dog', 'dog', 'dog'])).toEqual([
      { start: 2, end: 5 },
      { start: 12, end: 15 },
      { start: 12, end: 15 },
    ]);
  });

  it('falls back to the plural, then to the noun, in a caption that the user wrote', () => {
    expect(slices('Two dogs chase one CAR at dusk', ['dog', 'dog', 'red car', 'sheep'])).toEqual([
      'dogs',
      'dogs',
      'CAR',
      null,
    ]);
  });

  it('never matches inside a word and survives regular expression signs', () => {
    expect(slices('a catalogue', ['cat', '(.*)+', '['])).toEqual([null, null, null]);
  });

  it('every range of a made caption is the phrase itself, and no two overlap', () => {
    const word = fc.constantFrom('dog', 'cat', 'hot', 'red', 'ice', 'old', 'tree', 'owl', 'hat');
    const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(fc.array(phrase, { minLength: 1, maxLength: 8 }), (phrases) => {
        const caption = captionFromPhrases(phrases);
        const ranges = captionRanges(caption, phrases);
        const sorted = ranges.flatMap((range) => (range ? [range] : [])).sort((a, b) => a.start - b.start);
        expect(sorted).toHaveLength(phrases.length);
        sorted.forEach((range, index) => {
          expect(range.start).toBeGreaterThanOrEqual(sorted[index - 1]?.end ?? 0);
        });
        expect(slices(caption, phrases)).toEqual(phrases);
      }),
    );
  });
});
