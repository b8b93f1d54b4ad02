import { Random } from './random.ts';
import type { ImageScore } from './score.ts';

/** A rate over many images, from the sums of their counts. */
export const rates = {
  boxesFilled: (s: readonly ImageScore[]) => ratio(s, 'matched', 'boxes'),
  classAccuracy: (s: readonly ImageScore[]) => ratio(s, 'classRight', 'boxes'),
  colourAccuracy: (s: readonly ImageScore[]) => ratio(s, 'colourRight', 'coloured'),
  countingPrecision: (s: readonly ImageScore[]) =>
    of(sum(s, 'truePositives'), sum(s, 'truePositives') + sum(s, 'falsePositives')),
  countingRecall: (s: readonly ImageScore[]) =>
    of(sum(s, 'truePositives'), sum(s, 'truePositives') + sum(s, 'falseNegatives')),
  countingF1: (s: readonly ImageScore[]) =>
    of(
      2 * sum(s, 'truePositives'),
      2 * sum(s, 'truePositives') + sum(s, 'falsePositives') + sum(s, 'falseNegatives'),
    ),
  /** As ISAC's authors count HRS-Bench (calc_counting_acc.py): asked classes alone, the mean of the levels' F1. */
  countingF1OfPaper: (s: readonly ImageScore[]) => {
    const levels = [...new Set(s.map(({ level }) => level))].map((level) => {
      const own = s.filter((score) => score.level === level);
      const extra = sum(own, 'falsePositives') - sum(own, 'strangers');
      return of(
        2 * sum(own, 'truePositives'),
        2 * sum(own, 'truePositives') + extra + sum(own, 'falseNegatives'),
      );
    });
    return of(
      levels.reduce((total, f1) => total + f1, 0),
      levels.length,
    );
  },
  multiClassAccuracy: (s: readonly ImageScore[]) => of(sum(s, 'complete'), s.length),
  maskIou: (s: readonly ImageScore[]) => ratio(s, 'maskIou', 'matched'),
  confidence: (s: readonly ImageScore[]) => of(sum(s, 'confidence'), s.length),
} satisfies Record<string, (scores: readonly ImageScore[]) => number>;

export type RateName = keyof typeof rates;

/** A value with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Rounds of resampling. */
const ROUNDS = 2000;

/**
 * Paired bootstrap (Efron 1979): the images of both methods are resampled together, because they share layouts
 * and seeds. `statistic` sees the resampled scores of each method.
 */
export function pairedBootstrap(
  a: readonly ImageScore[],
  b: readonly ImageScore[],
  statistic: (a: readonly ImageScore[], b: readonly ImageScore[]) => number,
): Interval {
  const random = new Random(1);
  const draws: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const indices = a.map(() => random.integer(0, a.length - 1));
    const pick = (scores: readonly ImageScore[]): ImageScore[] => indices.flatMap((i) => scores[i] ?? []);
    const value = statistic(pick(a), pick(b));
    if (Number.isFinite(value)) draws.push(value);
  }
  draws.sort((x, y) => x - y);
  const at = (share: number): number =>
    draws[Math.min(draws.length - 1, Math.floor(share * draws.length))] ?? NaN;
  return { value: statistic(a, b), low: at(0.025), high: at(0.975) };
}

function sum(scores: readonly ImageScore[], key: keyof ImageScore): number {
  return scores.reduce((total, score) => total + score[key], 0);
}

const of = (part: number, whole: number): number => (whole === 0 ? NaN : part / whole);

const ratio = (scores: readonly ImageScore[], part: keyof ImageScore, whole: keyof ImageScore): number =>
  of(sum(scores, part), sum(scores, whole));
