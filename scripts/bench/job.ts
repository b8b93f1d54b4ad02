import type { IsacSettings } from '../../preload/contract/isac.ts';

/** What a measurement runs. */
export interface StepsJob {
  readonly model: string;
  /** Side of the square image, pixels. */
  readonly side: number;
  readonly boxes: number;
  readonly variant: Variant;
  /** Steps measured after the first. */
  readonly rounds: number;
}

export interface Measured {
  /** Reading configs and tensor directories. */
  readonly openSeconds: number;
  /** The first step: graphs built and sessions opened as well. */
  readonly firstSeconds: number;
  readonly seconds: readonly number[];
  /** What the two predictions took in each of these steps: a plain step under the very same conditions. */
  readonly plainSeconds: readonly number[];
}

export const variants = {
  plain: {},
  'all probes': {},
  'early-ending probes': { earlyEnd: true },
  'half-size probes, early end': { earlyEnd: true, maxProbeSide: 32 },
} satisfies Record<string, Partial<IsacSettings>>;

export type Variant = keyof typeof variants;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};
