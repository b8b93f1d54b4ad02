import type { EvaluatorConfig } from './evaluator.ts';
import { featureDistance } from './evaluator.ts';
import type { BenchRecord } from './record.ts';
import type { ImageScore } from './score.ts';
import { pairedBootstrap, rates, type Interval, type RateName } from './statistics.ts';

const columns: readonly { name: RateName; title: string }[] = [
  // Whatever its class: an object of its own stands in the box.
  { name: 'boxesFilled', title: 'filled' },
  { name: 'classAccuracy', title: 'class' },
  { name: 'colourAccuracy', title: 'colour' },
  { name: 'countingPrecision', title: 'count P' },
  { name: 'countingRecall', title: 'count R' },
  { name: 'countingF1', title: 'count F1' },
  { name: 'countingF1OfPaper', title: 'count F1 (paper)' },
  { name: 'multiClassAccuracy', title: 'all there' },
  { name: 'maskIou', title: 'mask IoU' },
  { name: 'confidence', title: 'confidence' },
];

export interface SuiteReport {
  readonly suite: string;
  readonly images: number;
  readonly rows: readonly MethodReport[];
}

export interface MethodReport {
  readonly method: string;
  readonly rates: Readonly<Record<RateName, number>>;
  readonly dice: number;
  readonly featureDistance: number;
  readonly seconds: number;
  readonly modelRuns: number;
  /** Ratio to the first method, paired over layouts and seeds, with its 95 % interval. */
  readonly ratios: Readonly<Partial<Record<RateName, Interval>>>;
}

/** Rates of every method in every suite; ratios are to `baseline`. */
export function summarise(
  records: readonly BenchRecord[],
  baseline: string,
  evaluator: EvaluatorConfig,
): SuiteReport[] {
  return [...new Set(records.map(({ suite }) => suite))].map((suite) => {
    const own = records.filter((record) => record.suite === suite);
    const methods = [...new Set(own.map(({ method }) => method))];
    const rows = methods.map((method) => methodReport(own, method, baseline, evaluator));
    return { suite, images: own.filter(({ method }) => method === baseline).length, rows };
  });
}

function methodReport(
  records: readonly BenchRecord[],
  method: string,
  baseline: string,
  evaluator: EvaluatorConfig,
): MethodReport {
  const own = records.filter((record) => record.method === method);
  const base = new Map(
    records.filter((record) => record.method === baseline).map((record) => [pairOf(record), record]),
  );
  const pairs = own.flatMap((record): [ImageScore, ImageScore][] => {
    const other = base.get(pairOf(record));
    return other ? [[record.score, other.score]] : [];
  });
  const names = columns.map(({ name }) => name);
  const scores = own.map(({ score }) => score);
  const mean = (of: (record: BenchRecord) => number): number =>
    own.reduce((sum, record) => sum + of(record), 0) / own.length;
  return {
    method,
    rates: Object.fromEntries(names.map((name) => [name, rates[name](scores)])) as Record<RateName, number>,
    dice: mean(({ dice }) => dice),
    featureDistance: featureDistance(own.map(({ features }) => Float32Array.from(features)), evaluator.realFeatures), // prettier-ignore
    seconds: mean(({ seconds }) => seconds),
    modelRuns: mean(({ modelRuns }) => modelRuns),
    ratios: method === baseline ? {} : Object.fromEntries(names.map((name) => [name, ratioOf(name, pairs)])),
  };
}

const pairOf = ({ layout, seed }: BenchRecord): string => `${layout} ${seed}`;

const ratioOf = (name: RateName, pairs: readonly [ImageScore, ImageScore][]): Interval =>
  pairedBootstrap(
    pairs.map(([a]) => a),
    pairs.map(([, b]) => b),
    (a, b) => rates[name](a) / rates[name](b),
  );

/** OverLayScore groups of equal size: easy, medium, hard (arXiv 2509.19282). */
export function byHardness(records: readonly BenchRecord[]): BenchRecord[] {
  const scores = [...new Set(records.map(({ layout, overLayScore }) => `${layout} ${overLayScore}`))]
    .map((key) => Number(key.split(' ')[1]))
    .sort((a, b) => a - b);
  const [low = 0, high = 0] = [
    scores[Math.floor(scores.length / 3)],
    scores[Math.floor((2 * scores.length) / 3)],
  ];
  const group = (score: number): string => (score <= low ? 'easy' : score <= high ? 'medium' : 'hard');
  return records.map((record) => ({ ...record, suite: group(record.overLayScore) }));
}

/** Markdown: rates of each suite, then ratios to the baseline with their intervals. */
export function markdown(reports: readonly SuiteReport[], baseline: string): string {
  return reports
    .map(({ suite, images, rows }) =>
      [
        `### ${suite} (${images} images per method)`,
        '',
        table(
          ['method', ...columns.map(({ title }) => title), 'Dice', 'features', 's', 'runs'],
          rows.map((row) => [
            row.method,
            ...columns.map(({ name }) => fixed(row.rates[name], 3)),
            fixed(row.dice, 3),
            fixed(row.featureDistance, 2),
            fixed(row.seconds, 2),
            fixed(row.modelRuns, 0),
          ]),
        ),
        '',
        `Ratio to ${baseline}, paired, 95 % interval:`,
        '',
        table(
          ['method', ...columns.map(({ title }) => title)],
          rows
            .filter(({ method }) => method !== baseline)
            .map((row) => [row.method, ...columns.map(({ name }) => interval(row.ratios[name]))]),
        ),
      ].join('\n'),
    )
    .join('\n\n');
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const fixed = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '-';

const interval = (ratio: Interval | undefined): string =>
  ratio && Number.isFinite(ratio.value)
    ? `${fixed(ratio.value, 2)} (${fixed(ratio.low, 2)} to ${fixed(ratio.high, 2)})`
    : '-';
