import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { captionFromPhrases } from '../../preload/contract/caption.ts';
import { MAX_BOXES, type Box } from '../../preload/contract/layout.ts';
import { decodeText } from '../engine/decodeText.ts';
import { UserError, messageOf } from '../engine/errors.ts';
import type { BenchLayout, Wanted } from './suites.ts';
import type { Vocabulary } from './vocabulary.ts';

/** One line: a caption and boxes that may lie partly outside the image, as HRS-Bench's published layouts do. */
const lineSchema = z.object({
  skill: z.string().default('layouts'),
  caption: z.string().optional(),
  /** HRS-Bench's level: which third of its rows. */
  third: z.int().min(1).max(3).optional(),
  boxes: z.array(
    // Published boxes may be degenerate: too few numbers, or no area. Such a layout is left out, not the file.
    z.object({ phrase: z.string(), box: z.array(z.number()) }),
  ),
});

export interface ReadLayouts {
  readonly layouts: BenchLayout[];
  /** Lines that ask for something the model was never taught, or hold no usable box. */
  readonly skipped: number;
}

/**
 * Layouts that nobody here made: a JSON-lines file with caption and boxes. Boxes are clipped to the image. A line is
 * used when every phrase names a class of the vocabulary, alone or after one of its colours.
 */
export async function readLayoutLines(path: string, vocabulary: Vocabulary): Promise<ReadLayouts> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`${path}: cannot be read (${messageOf(error)}).`);
  });
  const lines = decodeText(bytes, path)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const layouts: BenchLayout[] = [];
  lines.forEach((line, index) => {
    const made = fromLine(parse(path, index, line), `${index + 1}`, vocabulary);
    if (made) layouts.push(made);
  });
  return { layouts, skipped: lines.length - layouts.length };
}

function parse(path: string, index: number, line: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new UserError(`${path}, line ${index + 1}: is no layout (${messageOf(error)}).`);
  }
}

function fromLine(
  line: z.infer<typeof lineSchema>,
  number: string,
  vocabulary: Vocabulary,
): BenchLayout | null {
  const wanted = line.boxes.map(({ phrase }) => wantedOf(phrase, vocabulary));
  const boxes = line.boxes.map(({ box }) => clipped(box));
  if (wanted.length === 0 || wanted.length > MAX_BOXES || wanted.includes(null) || boxes.includes(null))
    return null;
  const phrases = line.boxes.map(({ phrase }) => phrase);
  return {
    id: `${line.skill}-${number}`,
    suite: line.skill,
    wanted: wanted.filter((one) => one !== null),
    ...(line.third === undefined ? {} : { level: line.third }),
    layout: {
      version: 1,
      // The embedded model was taught captions that list the phrases; the published ones name relations too.
      caption: captionFromPhrases(phrases),
      boxes: boxes.flatMap((box, k) => (box ? [{ id: String(k + 1), phrase: phrases[k] ?? '', box }] : [])),
      bind: [],
    },
  };
}

/** "red car" or "car"; null for what the vocabulary does not know. */
function wantedOf(phrase: string, { classes, colours }: Vocabulary): Wanted | null {
  const words = phrase
    .trim()
    .toLowerCase()
    .replace(/^(an?|the)\s+/, '');
  const colour = colours.find((name) => words.startsWith(`${name} `)) ?? null;
  const noun = colour ? words.slice(colour.length + 1) : words;
  return classes.some(({ name }) => name === noun) ? { class: noun, colour } : null;
}

function clipped(box: readonly number[]): Box | null {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box.map((value) => Math.min(1, Math.max(0, value)));
  return x1 - x0 > 0.02 && y1 - y0 > 0.02 ? [x0, y0, x1, y1] : null;
}
