import { z } from 'zod';
import type { Estimate } from '../../preload/contract/measured.ts';
import { measuredSchema } from '../../preload/contract/measured.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { GenerationResult } from '../../preload/contract/result.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One finished run on this machine. */
export const measuredRunSchema = z.strictObject({
  /** Id or folder that the request named, and the hash of the weights that were really there. */
  model: z.string(),
  weights: z.string(),
  width: z.int(),
  height: z.int(),
  /** Device that was asked for, and the provider that ran. */
  asked: z.string(),
  device: z.string(),
  /** Everything that changes what a step costs. */
  work: z.string().refine(isJson),
  steps: z.int().min(1),
  /** When, in milliseconds since 1970. */
  at: z.number(),
  ...measuredSchema.shape,
});
export type MeasuredRun = z.infer<typeof measuredRunSchema>;

/** Older runs than these say nothing any more. */
const LATEST = 9;

/** What one step consists of: method, probes, objective, pictures on the way. Steps are what is scaled by. */
export function workOf(request: GenerationRequest, preview: boolean): string {
  const { isac, groundingShare, loras, source, vaeTile, attentionSlices, precision, boxes } = request;
  const guided =
    isac.method === 'none'
      ? {}
      : {
          probes: [isac.maxProbeSide, isac.earlyEnd, isac.minProbeSide, isac.semanticSide],
          objective: [isac.semantic, isac.mapUpsampling, isac.kmeansIterations, isac.groundingLoss > 0],
          passes: [isac.balance, isac.reusePrediction, isac.overlap, isac.masks],
          range: [isac.firstStep, isac.lastStep, isac.iterations],
        };
  return JSON.stringify({
    method: isac.method,
    ...guided,
    ...(isac.method === 'ls' ? { candidates: [isac.candidates, isac.halving] } : {}),
    groundingShare,
    loras: loras.length,
    source: source === undefined ? null : 'picture',
    plain: boxes.length === 0,
    tile: vaeTile ?? null,
    // Runs of earlier versions knew neither: their records say nothing of them.
    ...((attentionSlices ?? 1) > 1 ? { slices: attentionSlices } : {}),
    ...((precision ?? 'float32') === 'float32' ? {} : { precision }),
    preview,
  });
}

/** The record of a finished run; null when its engine did not measure. */
export function measuredRun(
  { request, model, device, measured }: GenerationResult,
  preview: boolean,
  at: number,
): MeasuredRun | null {
  if (measured === undefined) return null;
  return {
    model: request.model,
    weights: model.sha256,
    width: request.width,
    height: request.height,
    asked: request.device,
    device,
    work: workOf(request, preview),
    steps: request.steps,
    at,
    ...measured,
  };
}

/**
 * What a request will cost by earlier runs of the same model, size, device and work: the median. Another number of
 * steps is scaled by; anything else is not, and without such runs there is no figure.
 *
 * @param runs oldest first
 * @param cold whether the model has to be opened first
 */
export function estimate(
  runs: readonly MeasuredRun[],
  request: GenerationRequest,
  { preview, cold }: { readonly preview: boolean; readonly cold: boolean },
): Estimate | null {
  const work = workOf(request, preview);
  const asked = runs.filter(
    (run) =>
      run.model === request.model &&
      run.asked === request.device &&
      run.width === request.width &&
      run.height === request.height &&
      run.work === work,
  );
  // Other weights under the same name, or another device for "auto": what ran last counts.
  const last = runs.findLast((run) => run.model === request.model && run.asked === request.device);
  const alike = asked.filter((run) => run.weights === last?.weights && run.device === last.device);
  if (last === undefined || alike.length === 0) return null;
  // A first run after a start costs more than the next ones: the two are never mixed.
  const ofState = alike.filter((run) => run.cold === cold);
  if (ofState.length === 0) return null;
  const exact = ofState.filter(({ steps }) => steps === request.steps).slice(-LATEST);
  const peaks = alike.slice(-LATEST).flatMap(({ peakBytes }) => peakBytes ?? []);
  const rest = { peakBytes: peaks.length === 0 ? null : Math.round(median(peaks)), device: last.device };
  if (exact.length > 0) {
    return {
      seconds: median(exact.map(({ seconds }) => seconds)),
      runs: exact.length,
      scaled: false,
      ...rest,
    };
  }
  const paced = ofState.flatMap(({ seconds, secondsPerStep, steps }) =>
    secondsPerStep === null ? [] : [seconds + (request.steps - steps) * secondsPerStep],
  );
  if (paced.length === 0) return null;
  const latest = paced.slice(-LATEST);
  return { seconds: Math.max(0, median(latest)), runs: latest.length, scaled: true, ...rest };
}

/** What runs of one model, size, method and device cost. */
export interface RunSummary {
  readonly model: string;
  readonly size: string;
  readonly method: string;
  readonly device: string;
  readonly count: number;
  readonly secondsPerStep: number | null;
  readonly peakBytes: number | null;
}

/** Medians of the latest runs, by model, size, method and device. */
export function summariseRuns(runs: readonly MeasuredRun[]): RunSummary[] {
  const groups = new Map<string, MeasuredRun[]>();
  for (const run of runs) {
    const key = [run.model, run.weights, `${run.width} x ${run.height}`, methodOf(run), run.device].join(
      '\n',
    );
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((group) => {
    const latest = group.slice(-LATEST);
    const [first] = latest;
    const paces = latest.flatMap(({ secondsPerStep }) => secondsPerStep ?? []);
    const peaks = latest.flatMap(({ peakBytes }) => peakBytes ?? []);
    return {
      model: first?.model ?? '',
      size: `${first?.width} x ${first?.height}`,
      method: first === undefined ? '' : methodOf(first),
      device: first?.device ?? '',
      count: latest.length,
      secondsPerStep: paces.length === 0 ? null : median(paces),
      peakBytes: peaks.length === 0 ? null : Math.round(median(peaks)),
    };
  });
}

function methodOf({ work }: MeasuredRun): string {
  const parsed = z.object({ method: z.string() }).safeParse(JSON.parse(work));
  return parsed.success ? parsed.data.method : '';
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
