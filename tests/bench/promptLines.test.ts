import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPromptLines, taughtCaption } from '../../main/bench/promptLines.ts';
import type { Vocabulary } from '../../main/bench/vocabulary.ts';

const vocabulary: Vocabulary = {
  classes: ['bird', 'cat', 'dog'].map((name) => ({ name, supercategory: 'animal' })),
  colours: ['red', 'blue'],
  heldOut: [],
};

function fileOf(...lines: readonly unknown[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'prompts-')), 'prompts.jsonl');
  writeFileSync(
    path,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  );
  return path;
}

describe('prompts of a JSON-lines file', () => {
  it('become wanted objects by task, and leave out classes that the vocabulary lacks', async () => {
    const path = fileOf(
      {
        task: 'multi-class',
        n: 3,
        classes: ['bird', 'cat', 'dog'],
        prompt: 'A photo of a bird, a cat, and a dog.',
      },
      { task: 'multi-instance', n: 2, classes: ['bird'], prompt: 'A photo of two birds.' },
      { task: 'multi-class', n: 2, classes: ['bird', 'zebra'], prompt: 'A photo of a bird and a zebra.' },
    );
    const { layouts, skipped } = await readPromptLines(path, vocabulary);
    expect(skipped).toBe(1);
    expect(layouts.map(({ suite }) => suite)).toEqual(['multi-class 3', 'multi-instance 2']);
    expect(layouts.map(({ layout }) => layout.caption)).toEqual(['a bird, a cat and a dog', 'two birds']);
    expect(layouts.map(({ wanted }) => wanted.map((one) => one.class))).toEqual([
      ['bird', 'cat', 'dog'],
      ['bird', 'bird'],
    ]);
  });

  it('names the line that is not a prompt', async () => {
    const path = fileOf({ task: 'multi-class', n: 2, classes: ['bird'], prompt: 'x' }, '{"task":');
    await expect(readPromptLines(path, vocabulary)).rejects.toThrow(
      /prompts\.jsonl, line 2: is not a prompt/,
    );
  });

  it('writes captions as the embedded model was taught them', () => {
    expect(taughtCaption('A photo of an apple and a banana.')).toBe('an apple and a banana');
  });
});
