import { createHash } from 'node:crypto';
import type { Instances } from '../../preload/contract/instances.ts';
import type { Box, LayoutBox } from '../../preload/contract/layout.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { isacSchema } from '../../preload/contract/isac.ts';
import { requestSchema } from '../../preload/contract/request.ts';
import type { PipelineOutput, Pipeline } from '../engine/diffusion/pipeline.ts';
import { silent } from '../engine/diffusion/silent.ts';
import { overLayScore } from './boxes.ts';
import type { Evaluator, Seen } from './evaluator.ts';
import type { Method } from './methods.ts';
import { keyOf, type BenchRecord, type Journal } from './record.ts';
import { scoreImage } from './score.ts';
import type { BenchLayout } from './suites.ts';

export interface BenchJob {
  readonly layout: BenchLayout;
  readonly seed: number;
  readonly method: Method;
}

export interface BenchOptions {
  readonly steps: number;
  readonly guidanceScale: number;
  readonly groundingShare: number;
  /** False: the layouts' words alone make the images (GLIGEN without its grounding), places are not judged. */
  readonly boxes: boolean;
}

/** What the tables of docs/isac-measured.md are made with. */
export const usualOptions: BenchOptions = { steps: 25, guidanceScale: 5, groundingShare: 1, boxes: true };

/** What a bench asks of a pipeline. */
export interface Painter extends Pick<Pipeline, 'nativeSize' | 'weightsHash' | 'generate' | 'embedPhrases'> {
  readonly model: { readonly path: string };
}

/** What a bench asks of an evaluator. */
export type Judge = Pick<Evaluator, 'config' | 'sha256' | 'look'>;

/** Hashes of the files that make and that judge an image. */
export interface BenchFiles {
  readonly weights: string;
  readonly evaluator: string;
}

/** A short name for all that decides a result besides its layout and seed; the journal keeps one image for each. */
export function settingsKey({ isac }: Method, files: BenchFiles, options: BenchOptions): string {
  const everything = JSON.stringify([files.weights, files.evaluator, options, isacSchema.parse(isac)]);
  return createHash('sha256').update(everything).digest('hex').slice(0, 12);
}

/** Methods innermost, so that a bench that is stopped has paired results. */
export function jobsOf(
  layouts: readonly BenchLayout[],
  seeds: readonly number[],
  methods: readonly Method[],
): BenchJob[] {
  return layouts.flatMap((layout) =>
    seeds.flatMap((seed) => methods.map((method) => ({ layout, seed, method }))),
  );
}

/** The request that makes one image of the bench. */
export function requestOf(
  { layout, seed, method }: BenchJob,
  pipeline: Pick<Painter, 'model' | 'nativeSize'>,
  options: BenchOptions,
): GenerationRequest {
  const { caption = '', boxes, bind } = layout.layout;
  const { steps, guidanceScale, groundingShare } = options;
  return requestSchema.parse({
    version: 1,
    model: pipeline.model.path,
    ...pipeline.nativeSize,
    caption,
    ...(options.boxes ? { boxes, bind } : { boxes: [], instances: instancesOf(boxes) }),
    seed,
    steps,
    guidanceScale,
    groundingShare,
    isac: method.isac,
  });
}

/** The boxes' phrases without their places, one each, so that mask k still belongs to box k. */
const instancesOf = (boxes: readonly LayoutBox[]): Instances[] =>
  boxes.map(({ phrase }) => ({ phrase, count: 1 }));

/** Makes, judges and notes every image that the journal does not hold yet. */
export async function runBench(
  jobs: readonly BenchJob[],
  pipeline: Painter,
  evaluator: Judge,
  journal: Journal,
  options: BenchOptions,
  shown: (done: number, record: BenchRecord, output: PipelineOutput | null) => void,
): Promise<void> {
  let done = 0;
  const files = { weights: await pipeline.weightsHash(), evaluator: evaluator.sha256 };
  for (const job of jobs) {
    done++;
    const settings = settingsKey(job.method, files, options);
    const known = journal.records.get(
      keyOf({ layout: job.layout.id, seed: job.seed, method: job.method.name, settings }),
    );
    if (known) {
      shown(done, known, null);
      continue;
    }
    const output = await pipeline.generate(requestOf(job, pipeline, options), silent);
    const [seen, hard] = [
      await evaluator.look(output.image, judgedBoxes(job.layout, options)),
      await hardness(job, pipeline),
    ];
    const record = recordOf(job, settings, output, seen, evaluator, hard, options);
    await journal.add(record);
    shown(done, record, output);
  }
}

const judgedBoxes = ({ layout }: BenchLayout, { boxes }: BenchOptions): Box[] =>
  boxes ? layout.boxes.map(({ box }) => box) : [];

async function hardness({ layout }: BenchJob, pipeline: Painter): Promise<number> {
  const { boxes } = layout.layout;
  const embeddings = await pipeline.embedPhrases(boxes.map(({ phrase }) => phrase));
  return overLayScore(boxes.map(({ box }) => box), embeddings); // prettier-ignore
}

function recordOf(
  { layout, seed, method }: BenchJob,
  settings: string,
  output: PipelineOutput,
  seen: Seen,
  evaluator: Judge,
  hard: number,
  options: BenchOptions,
): BenchRecord {
  const score = scoreImage({
    inBoxes: options.boxes ? seen.inBoxes : null,
    wanted: layout.wanted,
    level: layout.level ?? 1,
    instances: seen.instances,
    masks: output.masks.map((mask) => shrink(mask, output.width, output.height, seen.width, seen.height)),
    width: seen.width,
    height: seen.height,
    classes: evaluator.config.classes,
    colours: evaluator.config.colours,
  });
  const { seconds, runs, maskOverlap } = output.result;
  return {
    suite: layout.suite,
    layout: layout.id,
    seed,
    method: method.name,
    settings,
    score,
    overLayScore: hard,
    dice: maskOverlap?.last ?? 0,
    seconds: Object.values(seconds).reduce((sum, value) => sum + value, 0),
    modelRuns: (runs['unet'] ?? 0) + (runs['isac'] ?? 0),
    features: [...seen.features],
  };
}

/** A mask at a lower resolution: 1 where at least half of a cell is covered. */
export function shrink(
  mask: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Uint8Array {
  const [sx, sy] = [width / toWidth, height / toHeight];
  return Uint8Array.from({ length: toWidth * toHeight }, (_, p) => {
    const [x0, y0] = [(p % toWidth) * sx, Math.floor(p / toWidth) * sy];
    let covered = 0;
    for (let y = y0; y < y0 + sy; y++) for (let x = x0; x < x0 + sx; x++) covered += mask[y * width + x] ?? 0;
    return covered * 2 >= sx * sy ? 1 : 0;
  });
}
