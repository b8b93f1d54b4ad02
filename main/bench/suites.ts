import type { Box, Layout } from '../../preload/contract/layout.ts';
import { captionFromPhrases } from '../../preload/contract/caption.ts';
import { overlap } from './boxes.ts';
import { Random } from './random.ts';
import type { Vocabulary } from './vocabulary.ts';

export const suiteNames = ['apart', 'counting', 'mixing', 'colour'] as const;
export type SuiteName = (typeof suiteNames)[number];

/** What has to be seen in one box. */
export interface Wanted {
  readonly class: string;
  readonly colour: string | null;
}

/** A layout to be measured, with the truth about each of its boxes. */
export interface BenchLayout {
  readonly id: string;
  readonly suite: string;
  readonly layout: Layout;
  readonly wanted: readonly Wanted[];
  /** The benchmark's own level of difficulty, where it has levels. */
  readonly level?: number;
}

/** `count` layouts of a suite, the same for the same seed and vocabulary. */
export function makeSuite(
  name: SuiteName,
  vocabulary: Vocabulary,
  count: number,
  seed: number,
): BenchLayout[] {
  const random = new Random(seed * 7919 + suiteNames.indexOf(name));
  return Array.from({ length: count }, (_, index) => {
    const wanted = contents[name](random, vocabulary);
    const boxes = place(random, wanted.length, arrangement[name]);
    const phrases = wanted.map(({ class: noun, colour }) => (colour ? `${colour} ${noun}` : noun));
    const layout: Layout = {
      version: 1,
      caption: captionFromPhrases(phrases),
      boxes: boxes.map((box, k) => ({ id: String(k + 1), phrase: phrases[k] ?? '', box })),
      bind: [],
    };
    return { id: `${name}-${index + 1}`, suite: name, layout, wanted };
  });
}

type Contents = (random: Random, vocabulary: Vocabulary) => Wanted[];

const plain = (name: string): Wanted => ({ class: name, colour: null });

const contents: Record<SuiteName, Contents> = {
  // Two to four objects of different classes.
  apart: (random, { classes }) => random.sample(classes, random.integer(2, 4)).map(({ name }) => plain(name)),
  // Two to five of one class.
  counting: (random, { classes }) => {
    const { name } = random.pick(classes);
    return Array.from({ length: random.integer(2, 5) }, () => plain(name));
  },
  // Pairs and triples of one supercategory.
  mixing: (random, { classes }) => {
    const count = random.integer(2, 3);
    const families = [...groupBy(classes, ({ supercategory }) => supercategory).values()];
    const family = random.pick(families.filter((members) => members.length >= count));
    return random.sample(family, count).map(({ name }) => plain(name));
  },
  // One class in different colours, or different classes in different colours.
  colour: (random, { classes, colours }) => {
    const count = random.integer(2, 3);
    const nouns = random.next() < 0.5 ? Array(count).fill(random.pick(classes)) as typeof classes : random.sample(classes, count); // prettier-ignore
    const paints = random.sample(colours, count);
    return nouns.map(({ name }, k) => ({ class: name, colour: paints[k] ?? null }));
  },
};

interface Arrangement {
  readonly side: readonly [number, number];
  /** Every box overlaps some other by an IoU in this range; null: no two boxes touch. */
  readonly iou: readonly [number, number] | null;
}

const arrangement: Record<SuiteName, Arrangement> = {
  apart: { side: [0.28, 0.45], iou: null },
  counting: { side: [0.26, 0.42], iou: [0.02, 0.25] },
  mixing: { side: [0.4, 0.6], iou: [0.1, 0.35] },
  colour: { side: [0.38, 0.58], iou: [0.05, 0.3] },
};

/** Boxes by trial: each new one keeps its distance from all, or overlaps its predecessors as asked. */
function place(random: Random, count: number, { side, iou }: Arrangement): Box[] {
  for (let attempt = 0; ; attempt++) {
    const boxes: Box[] = [];
    for (let trial = 0; boxes.length < count && trial < 300; trial++) {
      const [width, height] = [random.between(...side), random.between(...side)];
      const [x, y] = [random.between(0.02, 0.98 - width), random.between(0.02, 0.98 - height)];
      const box: Box = [x, y, x + width, y + height].map((value) => Math.round(value * 1000) / 1000) as Box;
      if (fits(box, boxes, iou)) boxes.push(box);
    }
    if (boxes.length === count) return boxes;
    if (attempt > 1000) throw new Error(`${count} boxes cannot be placed`);
  }
}

function fits(box: Box, others: readonly Box[], iou: Arrangement['iou']): boolean {
  const overlaps = others.map((other) => overlap(box, other));
  if (iou === null) return overlaps.every((value) => value === 0);
  const worst = Math.max(...overlaps);
  return others.length === 0 || (worst >= iou[0] && worst <= iou[1]);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
