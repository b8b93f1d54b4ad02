import { describe, expect, it } from 'vitest';
import { english, sentence, sentenceSchema, sentences } from '../../preload/contract/sentences.ts';

const full = sentence('file.save', { path: '/a/{{cause}}', cause: sentence('cause.ENOSPC', {}) });

describe('a sentence', () => {
  it('is said in English with its values, which may be sentences themselves and are never read as a pattern', () => {
    expect(english(full)).toBe('Cannot save /a/{{cause}}: the disk is full; free some space and try again.');
  });

  it('crosses the contract as it is, and nothing else does', () => {
    expect(sentenceSchema.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
    for (const other of [
      { ...full, id: 'file.eat' },
      { ...full, id: 'toString' },
      { ...full, values: { path: [] } },
    ])
      expect(sentenceSchema.safeParse(other).success).toBe(false);
  });

  it('ends a sentence, unless it is a part of one', () => {
    for (const [id, words] of Object.entries(sentences))
      expect([id, /\.$/.test(words)]).toEqual([id, !/^(cause|when)\./.test(id)]);
  });
});
