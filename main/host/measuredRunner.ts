import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { Measured } from '../../preload/contract/measured.ts';
import { Cancelled } from '../engine/diffusion/cancelled.ts';
import { UserError } from '../engine/errors.ts';
import { kindOf } from './jobKind.ts';
import type { JobContext, JobRunner, Question } from './jobRunner.ts';
import { PeakMemory } from './peakMemory.ts';

/** A runner whose results say what their job cost, and that lets go of everything after a failure. */
export class MeasuredRunner implements JobRunner {
  readonly #inner: JobRunner;
  /** Jobs of these kinds have run with what is loaded: their sessions are there. */
  readonly #warm = new Set<string>();
  #loaded = '';

  constructor(inner: JobRunner) {
    this.#inner = inner;
  }

  versions(): Record<string, string> {
    return this.#inner.versions();
  }

  embed(question: Question, shouldStop: () => boolean): Promise<number[][]> {
    return this.#inner.embed(question, shouldStop);
  }

  async unload(): Promise<void> {
    this.#loaded = '';
    this.#warm.clear();
    await this.#inner.unload();
  }

  async run(request: GenerationRequest, context: JobContext): ReturnType<JobRunner['run']> {
    const cold = this.#isCold(request);
    const memory = new PeakMemory();
    const start = performance.now();
    const steps: number[] = [];
    try {
      const output = await this.#inner.run(request, {
        ...context,
        stage: (stage) => context.stage(stage),
        shouldStop: () => context.shouldStop(),
        step: (event) => {
          steps.push(performance.now());
          context.step(event);
        },
      });
      this.#warm.add(kindOf(request));
      const measured: Measured = {
        seconds: (performance.now() - start) / 1000,
        secondsPerStep: secondsPerStep(steps),
        peakBytes: memory.bytes,
        cold,
      };
      return { ...output, result: { ...output.result, measured } };
    } catch (error) {
      // What is left of a job that ran out of memory must not take the next one's.
      if (!(error instanceof UserError) && !(error instanceof Cancelled)) await this.unload();
      throw error;
    }
  }

  /** Whether models or sessions have to be opened first. */
  #isCold(request: GenerationRequest): boolean {
    const loaded = `${request.device} ${request.model}`;
    if (loaded !== this.#loaded) this.#warm.clear();
    this.#loaded = loaded;
    return !this.#warm.has(kindOf(request));
  }
}

/** The pace between the steps; the first pays for opening sessions. Null when there are not two. */
export function secondsPerStep(times: readonly number[]): number | null {
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined || times.length < 2) return null;
  return (last - first) / 1000 / (times.length - 1);
}
