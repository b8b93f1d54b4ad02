import { describe, expect, it } from 'vitest';
import { promptClasses, singular } from '../../preload/contract/promptClasses.ts';

describe('promptClasses', () => {
  const read = (prompt: string): [string, number, ...string[]][] =>
    promptClasses(prompt).map((one) => [one.class, one.count, ...one.attributes]);
  it.each([
    ['2 cats BREAK 3 dogs', [['cat', 2], ['dog', 3]]],
    ['a dog <lora:two_cats:0.8>', [['dog', 1]]],
    ['<lora:two_cats:0.8> a dog', [['dog', 1]]],
    ['(two dogs:1.3) and a [[cat]]', [['dog', 2]]],
    ['a dog AND two cats', [['dog', 1], ['cat', 2]]],
    ['a dog, embedding:two_cats', [['dog', 1]]],
    ['two {red|green} dogs', []],
  ] as const)('counts no command of another program: %s', (prompt, classes) => {
    expect(read(prompt)).toEqual(classes);
  }); // prettier-ignore

  it.each([
    [
      'two horses and a dog',
      [
        ['horse', 2],
        ['dog', 1],
      ],
    ],
    [
      'a photo of two brown horses and 3 dogs on a hill',
      [
        ['horse', 2, 'brown'],
        ['dog', 3],
      ],
    ],
    [
      'A cat, a red car and an old teddy bear',
      [
        ['cat', 1],
        ['car', 1, 'red'],
        ['teddy bear', 1, 'old'],
      ],
    ],
    [
      'a couple of knives next to a dozen buses',
      [
        ['knife', 2],
        ['bus', 12],
      ],
    ],
    [
      'a man with two small children',
      [
        ['man', 1],
        ['child', 2, 'small'],
      ],
    ],
    ['three sheep', [['sheep', 3]]],
    ['a dog in a field at dusk', [['dog', 1]]],
    ['100 dogs', []],
    ['beautiful landscape, 4k', []],
    ['', []],
  ])('%j', (prompt, expected) => {
    expect(read(prompt)).toEqual(expected);
  });

  it('says where the nouns stand', () => {
    const prompt = 'two brown horses and a dog';
    expect(promptClasses(prompt).map(({ range }) => prompt.slice(range.start, range.end))).toEqual([
      'horses',
      'dog',
    ]);
  });
});

describe('singular', () => {
  it.each([
    ['horses', 'horse'],
    ['dishes', 'dish'],
    ['boxes', 'box'],
    ['cherries', 'cherry'],
    ['monkeys', 'monkey'],
    ['people', 'person'],
    ['sheep', 'sheep'],
    ['glass', 'glass'],
    ['glasses', 'glass'],
    ['bus', 'bus'],
    ['wine glasses', 'wine glass'],
    ['giraffes', 'giraffe'],
  ])('%s -> %s', (plural, expected) => {
    expect(singular(plural)).toBe(expected);
  });
});
