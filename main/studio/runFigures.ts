import type { Estimate } from '../../preload/contract/measured.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { kindOf } from '../host/jobKind.ts';
import type { QueuedJob } from '../host/jobQueue.ts';
import type { RunHistory } from '../library/runHistory.ts';

/** Learns from every job what it cost, and says what the next one will: whether its model is open matters to that. */
export class RunFigures {
  readonly #history: RunHistory;
  readonly #warm = new Set<string>();
  #loaded = '';

  constructor(history: RunHistory) {
    this.#history = history;
  }

  /** A change of a job in the queue. */
  async note({
    outcome,
    request,
    preview,
  }: Pick<QueuedJob, 'outcome' | 'request' | 'preview'>): Promise<void> {
    if (outcome === null) return;
    if (outcome.type === 'failed') this.forgetLoaded();
    if (outcome.type !== 'done') return;
    const loaded = loadedBy(request);
    if (loaded !== this.#loaded) this.#warm.clear();
    this.#loaded = loaded;
    this.#warm.add(kindOf(request));
    await this.#history.record(outcome.result, preview);
  }

  /** The engine let go of everything. */
  forgetLoaded(): void {
    this.#loaded = '';
    this.#warm.clear();
  }

  /** Null until such a run was measured. */
  estimate(request: GenerationRequest, preview: boolean): Promise<Estimate | null> {
    const cold = loadedBy(request) !== this.#loaded || !this.#warm.has(kindOf(request));
    return this.#history.estimate(request, { preview, cold });
  }
}

const loadedBy = ({ device, model }: GenerationRequest): string => `${device} ${model}`;
