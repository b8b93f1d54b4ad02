import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError, messageOf } from '../engine/errors.ts';
import type { ReadLayouts } from './layoutLines.ts';
import type { BenchLayout } from './suites.ts';
import type { Vocabulary } from './vocabulary.ts';

/** One line: the classes that a prompt asks for, and how many of each (multi-instance: n of one class). */
const lineSchema = z.object({
  task: z.enum(['multi-class', 'multi-instance']),
  n: z.int().min(1).max(30),
  classes: z.array(z.string().min(1)).min(1).max(30),
  prompt: z.string().min(1).max(2000),
});

/**
 * Prompts without a layout, as JSON lines ({task, n, classes, prompt}); suites are task and number. A line is used when the
 * vocabulary holds all its classes.
 *
 * @throws UserError naming the file and the line that is not such a prompt
 */
export async function readPromptLines(path: string, vocabulary: Vocabulary): Promise<ReadLayouts> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError(`${path}: cannot be read (${messageOf(error)}).`);
  });
  const known = new Set(vocabulary.classes.map(({ name }) => name));
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const layouts = lines
    .map((line, index) => ({ line: parse(path, index, line), id: index + 1 }))
    .filter(({ line }) => line.classes.every((name) => known.has(name)))
    .map(({ line, id }) => fromLine(line, id));
  return { layouts, skipped: lines.length - layouts.length };
}

function parse(path: string, index: number, line: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new UserError(
      `${path}, line ${index + 1}: is not a prompt with task, n and classes (${messageOf(error)}).`,
    );
  }
}

function fromLine({ task, n, classes, prompt }: z.infer<typeof lineSchema>, id: number): BenchLayout {
  const nouns = task === 'multi-class' ? classes : Array.from({ length: n }, () => classes[0] ?? '');
  return {
    id: `${task}-${n}-${id}`,
    suite: `${task} ${n}`,
    wanted: nouns.map((name) => ({ class: name, colour: null })),
    layout: {
      version: 1,
      caption: taughtCaption(prompt),
      // Places are not asked for: every box is the whole image.
      boxes: nouns.map((phrase, k) => ({ id: String(k + 1), phrase, box: [0, 0, 1, 1] })),
      bind: [],
    },
  };
}

/** "A photo of a cat, a dog, and a horse." -> "a cat, a dog and a horse", as the embedded model's captions are written. */
export function taughtCaption(prompt: string): string {
  return prompt
    .trim()
    .replace(/^an? (photo|picture|image) of /i, '')
    .replace(/\.$/, '')
    .replace(/, and /g, ' and ');
}
