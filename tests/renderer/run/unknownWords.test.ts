import { expect, it } from 'vitest';
import { unknownWords } from '../../../renderer/run/unknownWords.ts';
import { boxOf, documentOf } from '../editor/helpers.ts';

const vocabulary = { things: ['dog', 'sheep', 'bus', 'person'], colours: ['red', 'white'] };
const ofPhrases = (...phrases: string[]): string[] =>
  unknownWords(
    documentOf([], { boxes: phrases.map((phrase, index) => boxOf(index, [0, 0, 1, 1], { phrase })) }),
    vocabulary,
  );
const ofCaption = (text: string): string[] =>
  unknownWords(documentOf([], { caption: { text, edited: true } }), vocabulary);

it('names what the model was not taught, as it was written and once', () => {
  expect(ofPhrases('red dog', 'a white sheep', 'two buses', 'people')).toEqual([]);
  expect(ofPhrases('Unicorn', 'dog', 'white unicorn')).toEqual(['Unicorn']);
  expect(ofPhrases('fluffy sheep on a hill')).toEqual(['fluffy']);
  expect(ofPhrases('강아지', '🦄', 'كلب بني', 'hot dog')).toEqual(['강아지', '🦄', 'كلب', 'بني', 'hot dog']);
  expect(ofPhrases('', '   ')).toEqual([]);
});

it('leaves hidden boxes out', () => {
  const hidden = boxOf(0, [0, 0, 1, 1], { phrase: 'unicorn', hidden: true });
  expect(unknownWords(documentOf([], { boxes: [hidden] }), vocabulary)).toEqual([]);
});

it('reads the caption where there are no boxes, and what it counts alone', () => {
  expect(ofCaption('two sheep and a dragon on the moon')).toEqual(['dragon']);
  expect(unknownWords(documentOf([]), vocabulary)).toEqual([]);
});
