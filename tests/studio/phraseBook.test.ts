import { expect, it } from 'vitest';
import { PhraseBook } from '../../main/studio/phraseBook.ts';
import { studios, Page } from './harness.ts';

const studio = studios();

/** Answers with prepared vectors and remembers what it was asked. */
function engine(vectors: Record<string, number[]> | null): {
  asked: string[][];
  embed: (question: { phrases: readonly string[] }) => Promise<number[][] | null>;
} {
  const asked: string[][] = [];
  return {
    asked,
    embed: ({ phrases }) => {
      asked.push([...phrases]);
      return Promise.resolve(vectors === null ? null : phrases.map((phrase) => vectors[phrase] ?? []));
    },
  };
}

const question = (model: string, ...phrases: string[]): Parameters<PhraseBook['compare']>[0] => ({
  model,
  device: 'auto',
  phrases,
});

it('gives cosines and asks once per model and phrase', async () => {
  const fake = engine({ dog: [2, 0], sheep: [3, 3], cat: [0, -1] });
  const book = new PhraseBook(fake);
  const [[own, across] = []] = (await book.compare(question('m', 'dog', 'sheep'))) ?? [];
  expect(own).toBeCloseTo(1, 12);
  expect(across).toBeCloseTo(Math.SQRT1_2, 12);
  const again = await book.compare(question('m', 'cat', 'dog', 'sheep'));
  expect(again?.[0]?.[1]).toBeCloseTo(0, 12);
  expect(again?.[0]?.[2]).toBeCloseTo(-Math.SQRT1_2, 12);
  await book.compare(question('other', 'dog', 'cat'));
  expect(fake.asked).toEqual([['dog', 'sheep'], ['cat'], ['dog', 'cat']]);
});

it('says nothing while the engine does not, and when vectors do not fit together', async () => {
  expect(await new PhraseBook(engine(null)).compare(question('m', 'dog', 'sheep'))).toBeNull();
  const uneven = engine({ dog: [1, 0], sheep: [1] });
  expect(await new PhraseBook(uneven).compare(question('m', 'dog', 'sheep'))).toBeNull();
});

it('is asked over the contract, which refuses what is no phrase', async () => {
  const page = new Page(studio().service);
  const compare = (...phrases: string[]): Promise<number[][] | null> =>
    page.call('phrases.compare', { model: 'painting', device: 'auto', phrases });
  const cosines = await compare('dog', 'sheep');
  expect(cosines?.[0]?.[0]).toBeCloseTo(1, 12);
  expect(cosines?.[0]?.[1]).toBe(cosines?.[1]?.[0]);
  await expect(compare('dog', ' ')).rejects.toThrow(/phrases/);
  await expect(compare('dog')).rejects.toThrow(/phrases/);
});
