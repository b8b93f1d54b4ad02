import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionFromPhrases } from '../../../preload/contract/caption.ts';
import { captionTokens } from '../../../main/engine/text/boxTokens.ts';
import { ClipTokenizer } from '../../../main/engine/text/clipTokenizer.ts';
import { parsePhrase } from '../../../preload/contract/phrase.ts';
import { tokenizerFiles, tokenizerFixtures } from './readTokenizer.ts';

const tokenizer = new ClipTokenizer(tokenizerFiles(join(tokenizerFixtures, 'sd1')));

/** The characters of the caption that token positions stand for, each once. */
function textOf(caption: string, positions: readonly number[]): string {
  const { ranges } = tokenizer.encode(caption);
  const covered = new Set(
    positions.flatMap((position) => {
      const { start = 0, end = 0 } = ranges[position] ?? {};
      return Array.from({ length: end - start }, (_, index) => start + index);
    }),
  );
  return [...covered]
    .sort((a, b) => a - b)
    .map((index) => caption.charAt(index))
    .join('');
}

/** Class word and attributes of each phrase as the tokens spell them. */
function words(caption: string, phrases: string[]): (string | string[])[][] {
  const { boxes } = captionTokens(caption, phrases, tokenizer.encode(caption));
  return boxes.map(({ classTokens, attributeTokens }) => [
    textOf(caption, classTokens),
    attributeTokens.map((tokens) => textOf(caption, tokens)),
  ]);
}

describe('parsePhrase', () => {
  const parts = (phrase: string): unknown => {
    const parsed = parsePhrase(phrase);
    return (
      parsed && [
        phrase.slice(parsed.noun.start, parsed.noun.end),
        parsed.attributes.map(({ start, end }) => phrase.slice(start, end)),
      ]
    );
  };
  it.each([
    ['car', ['car', []]],
    ['a red car', ['car', ['red']]],
    ['  the big, red and very shiny car!', ['car', ['big', 'red', 'shiny']]],
    ['light blue teddy bear', ['teddy bear', ['light', 'blue']]],
    ['two old hot dogs', ['hot dogs', ['old']]],
    ['man with a red hat', ['man', []]],
    ['tall man riding a horse', ['man', ['tall']]],
    ['well-dressed woman', ['woman', ['well-dressed']]],
    ['빨간 자동차', ['자동차', ['빨간']]],
    ['猫', ['猫', []]],
    ['hot air balloon', ['hot air balloon', []]],
    ['!!!', null],
    ['', null],
  ])('%j', (phrase, expected) => {
    expect(parts(phrase)).toEqual(expected);
  });
});

describe('captionTokens', () => {
  it('gives every box of a made caption its own tokens', () => {
    const phrases = ['red car', 'light blue dog', 'red car', 'sheep'];
    const caption = captionFromPhrases(phrases);
    expect(caption).toBe('a red car, a light blue dog, a red car and a sheep');
    expect(words(caption, phrases)).toEqual([
      ['car', ['red']],
      ['dog', ['light', 'blue']],
      ['car', ['red']],
      ['sheep', []],
    ]);
    const { boxes, warnings } = captionTokens(caption, phrases, tokenizer.encode(caption));
    expect(warnings).toEqual([]);
    const all = boxes.flatMap(({ classTokens, attributeTokens }) => [
      ...classTokens,
      ...attributeTokens.flat(),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(Math.min(...all)).toBeGreaterThan(0);
  });

  it('lets boxes share a mention where there are too few, and finds plurals', () => {
    const caption = 'two dogs on the beach';
    const { boxes, warnings } = captionTokens(caption, ['dog', 'dog'], tokenizer.encode(caption));
    expect(boxes[0]).toEqual(boxes[1]);
    expect(textOf(caption, boxes[0]?.classTokens ?? [])).toBe('dogs');
    expect(warnings).toEqual([]);
  });

  it('finds attributes in front of a noun that is mentioned otherwise, within its clause', () => {
    expect(words('a red and shiny old car', ['red car'])).toEqual([['car', ['red']]]);
    expect(words('a red bus and a shiny car', ['red car'])).toEqual([['car', []]]);
    expect(words('a red bus, the car', ['red car'])).toEqual([['car', []]]);
  });

  it('warns of boxes that the caption does not mention, or mentions behind the last token', () => {
    const caption = 'a dog';
    const missing = captionTokens(caption, ['dog', 'grey elephant'], tokenizer.encode(caption));
    expect(missing.boxes[1]).toEqual({ classTokens: [], attributeTokens: [] });
    expect(missing.warnings).toEqual([
      'Box 2 ("grey elephant") is not mentioned in the caption; its words guide nothing.',
    ]);
    const long = `${'a cat, '.repeat(60)}a dog`;
    const late = captionTokens(long, ['dog'], tokenizer.encode(long));
    expect(late.boxes[0]?.classTokens).toEqual([]);
    expect(late.warnings[0]).toMatch(/^Box 1 \("dog"\) is mentioned too late/);
  });

  it('points at exactly the words of every phrase, whatever the boxes', () => {
    const noun = fc.constantFrom('dog', 'car', 'sheep', 'teddy bear', 'élan', '猫', 'wine glass');
    const attribute = fc.constantFrom('red', 'light', 'blue', 'old', 'golden', 'крас');
    const phrase = fc.tuple(fc.uniqueArray(attribute, { maxLength: 3 }), noun);
    fc.assert(
      fc.property(fc.array(phrase, { minLength: 1, maxLength: 5 }), (given) => {
        const phrases = given.map(([attributes, one]) => [...attributes, one].join(' '));
        const caption = captionFromPhrases(phrases);
        const spelled = words(caption, phrases);
        given.forEach(([attributes, one], index) => {
          expect(spelled[index]?.[1]).toEqual(attributes);
          expect(spelled[index]?.[0]).toBe(one.replace(' ', ''));
        });
      }),
    );
  });
});
