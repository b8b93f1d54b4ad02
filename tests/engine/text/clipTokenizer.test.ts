import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../main/engine/errors.ts';
import { ClipTokenizer } from '../../../main/engine/text/clipTokenizer.ts';
import { tokenizerFiles, tokenizerFixtures } from './readTokenizer.ts';

interface Recorded {
  texts: string[];
  sd1: number[][];
  sd2: number[][];
  sd1_padded: number[][];
  sd2_padded: number[][];
}

const recorded = JSON.parse(
  gunzipSync(readFileSync(join(tokenizerFixtures, 'texts.json.gz'))).toString('utf8'),
) as Recorded;

const tokenizers = {
  sd1: new ClipTokenizer(tokenizerFiles(join(tokenizerFixtures, 'sd1'))),
  sd2: new ClipTokenizer(tokenizerFiles(join(tokenizerFixtures, 'sd2'))),
};

/** Texts whose ids differ from what transformers made of them. */
function differing(wanted: readonly number[][], ids: (text: string) => number[]): unknown[] {
  return wanted.flatMap((expected, index) => {
    const text = recorded.texts[index] ?? '';
    const actual = ids(text);
    return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [{ text, actual, expected }];
  });
}

describe('ids, against transformers 4.49 CLIPTokenizer without ftfy', () => {
  it('are equal for more than 2,000 texts', () => {
    expect(recorded.sd1.length).toBeGreaterThan(2000);
    expect(
      differing(recorded.sd1, (text) => tokenizers.sd1.encode(text, { pad: false, truncate: false }).ids),
    ).toEqual([]);
  });

  it('are equal when pad is "!" and there are added tokens that strip white space', () => {
    expect(recorded.sd2.length).toBeGreaterThan(200);
    expect(
      differing(recorded.sd2, (text) => tokenizers.sd2.encode(text, { pad: false, truncate: false }).ids),
    ).toEqual([]);
  });

  it.each(['sd1', 'sd2'] as const)('are equal padded and truncated to 77 (%s)', (name) => {
    const lengths = new Set(recorded[`${name}_padded`].map((ids) => ids.length));
    expect([...lengths]).toEqual([77]);
    expect(differing(recorded[`${name}_padded`], (text) => tokenizers[name].encode(text).ids)).toEqual([]);
  });
});

describe('ranges', () => {
  const { sd1 } = tokenizers;

  it('point at the words the tokens stand for', () => {
    const text = 'A  Red\tcar, 2 cats';
    const { ids, ranges, length } = sd1.encode(text);
    const slices = ranges
      .slice(0, length)
      .map((range) => (range === null ? null : text.slice(range.start, range.end)));
    expect(slices).toEqual(
      [null, 'A', 'Red', 'car', ',', '2', 'cats', null].flatMap((part) =>
        part === 'cats' ? ['cat', 's'] : [part],
      ),
    );
    expect(ids).toHaveLength(77);
    expect(ranges).toHaveLength(77);
    expect(ranges.slice(length).every((range) => range === null)).toBe(true);
  });

  it('give every token of a character the whole character, also composed and lower-cased ones', () => {
    const slicesOf = (text: string): Set<string> => {
      const { ranges } = sd1.encode(text, { pad: false });
      return new Set(ranges.flatMap((range) => (range === null ? [] : [text.slice(range.start, range.end)])));
    };
    // The vocabulary was trained on other emoji; this one stays in pieces.
    expect(slicesOf('🫠')).toEqual(new Set(['🫠']));
    expect([...slicesOf('xe\u0301')].join('')).toContain('e\u0301');
    expect([...slicesOf('a\u0000b 中 İ')].some((slice) => slice === 'İ')).toBe(true);
    expect(slicesOf('猫犬')).toEqual(new Set(['猫', '犬']));
  });

  it('lie within the text, in order, and cover every letter and digit of it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...recorded.texts),
    );
    fc.assert(
      fc.property(text, (input) => {
        const { ids, ranges, length } = sd1.encode(input, { pad: false, truncate: false });
        expect(ids).toHaveLength(ranges.length);
        expect(length).toBe(ids.length);
        const covered = new Uint8Array(input.length);
        let start = 0;
        for (const range of ranges) {
          if (range === null) continue;
          expect(range.start).toBeGreaterThanOrEqual(start);
          expect(range.end).toBeGreaterThan(range.start);
          expect(range.end).toBeLessThanOrEqual(input.length);
          covered.fill(1, range.start, range.end);
          start = range.start;
        }
        for (const match of input.matchAll(/[\p{L}\p{N}]/gu)) expect(covered[match.index]).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('encode', () => {
  it('cuts to the length asked for and says how much it dropped', () => {
    const { sd1 } = tokenizers;
    const cut = sd1.encode('red '.repeat(10), { maxLength: 8 });
    expect(cut).toMatchObject({ length: 8, dropped: 4 });
    expect(cut.ids[7]).toBe(sd1.eosId);
    expect(sd1.encode('red '.repeat(10), { maxLength: 8, truncate: false })).toMatchObject({
      length: 12,
      dropped: 0,
    });
  });
});

describe('a folder that cannot be used says why', () => {
  const good = tokenizerFiles(join(tokenizerFixtures, 'sd1'));
  it.each([
    [{ vocabulary: '{' }, /vocab.json: is not valid JSON/],
    [{ vocabulary: '[]' }, /vocab.json: is not an object/],
    [{ vocabulary: '{}' }, /vocab.json: holds no tokens/],
    [{ vocabulary: '{"a": 0.5}' }, /vocab.json: token "a" has the id 0.5/],
    [{ merges: '#version: 0.2\na b\nc\n' }, /merges.txt: line 3 is not a pair/],
    [{ merges: '#version: 0.2\na b c\n' }, /merges.txt: line 2 is not a pair/],
    [{ tokenizerConfig: '{' }, /tokenizer_config.json: is not valid JSON/],
    [{ tokenizerConfig: '{"pad_token": 3}' }, /tokenizer_config.json: "pad_token" cannot be used/],
    [
      { specialTokensMap: '{"eos_token": {"content": 1}}' },
      /special_tokens_map.json: "eos_token" cannot be used/,
    ],
    [{ addedTokens: '{"x": -1}' }, /added_tokens.json: "x" cannot be used/],
  ])('%j', (change, expected) => {
    const make = (): ClipTokenizer => new ClipTokenizer({ ...good, ...change });
    expect(make).toThrow(UserError);
    expect(make).toThrow(expected);
  });

  it('a special token outside the vocabulary gets the next id', () => {
    const tokenizer = new ClipTokenizer({
      ...good,
      specialTokensMap: '{"pad_token": "[PAD]"}',
      tokenizerConfig: null,
    });
    expect(tokenizer.padId).toBe(Object.keys(JSON.parse(good.vocabulary) as object).length);
    expect(tokenizer.maxLength).toBe(77);
  });
});
