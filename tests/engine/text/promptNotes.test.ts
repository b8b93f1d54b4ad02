import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClipTokenizer } from '../../../main/engine/text/clipTokenizer.ts';
import { promptNotes } from '../../../main/engine/text/promptNotes.ts';
import { tokenizerFiles, tokenizerFixtures } from './readTokenizer.ts';

const tokenizer = new ClipTokenizer(tokenizerFiles(join(tokenizerFixtures, 'sd1')));
const notes = (text: string, name = 'The caption'): string[] =>
  promptNotes([{ name, text, encoded: tokenizer.encode(text) }]);

describe('notes on the texts of a request', () => {
  it.each([
    ['a (red:1.3) dog', '(red:1.3)', 'weighs nothing here'],
    ['a (very red dog: .8)', '(very red dog: .8)', 'weighs nothing here'],
    ['a ((red)) dog', '((red))', 'weighs nothing here'],
    ['a [[red]] dog', '[[red]]', 'weighs nothing here'],
    ['a [red:blue:0.5] dog', '[red:blue:0.5]', 'does not change with the steps'],
    ['2 cats BREAK 3 dogs', 'BREAK', 'does not begin a new part'],
    ['a dog <lora:two_cats:0.8>', '<lora:two_cats:0.8>', 'loads nothing here'],
    ['a dog <LYCO:x:1>', '<LYCO:x:1>', 'loads nothing here'],
    ['a dog, embedding:easynegative', 'embedding:easynegative', 'loads nothing here'],
    ['a {red|green} dog', '{red|green}', 'chooses nothing here'],
    ['a __colour__ dog', '__colour__', 'chooses nothing here'],
  ])('%j: %s has no meaning here', (text, found, words) => {
    expect(notes(text)).toEqual([expect.stringMatching(/^The caption has "/)]);
    expect(notes(text)[0]).toContain(`"${found}", which ${words}`);
  });

  it.each([
    'a dog (brown) and a cat',
    'at 10:30, a dog',
    'breakfast for two dogs',
    'a coffee break',
    'a dog [left]',
    'snake_case_name',
    '3 < 4 and 5 > 2',
    '',
  ])('%j needs none', (text) => {
    expect(notes(text)).toEqual([]);
  });

  it('tell what the model does not read of a long text', () => {
    // One token each, so 90 words are 15 more than the 75 that CLIP takes.
    const long = Array.from({ length: 90 }, () => 'dog').join(' ');
    const dropped = tokenizer.encode(long).dropped;
    expect(notes(long, 'The phrase of box "a"')).toEqual([
      `The phrase of box "a" is too long: its last ${dropped} tokens are not read by the model.`,
    ]);
    const one = Array.from({ length: 90 }, () => 'dog');
    while (tokenizer.encode(one.join(' ')).dropped > 1) one.pop();
    expect(notes(one.join(' '))).toEqual([
      'The caption is too long: its last 1 token is not read by the model.',
    ]);
  });

  it('tell when the model reads nothing', () => {
    expect(notes('\u0000\u0001')).toEqual(['The caption holds nothing that the model reads.']);
  });
});
