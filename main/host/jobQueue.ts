import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { EngineHost, Outcome, Progress } from './engineProcess.ts';

export type JobState = 'waiting' | 'running' | Outcome['type'];

/** A job as others see it. Its request is a frozen copy: what is edited later does not change a queued job. */
export interface QueuedJob {
  readonly id: string;
  readonly request: GenerationRequest;
  readonly preview: boolean;
  /** Base64 PNG of the picture that the request begins with. */
  readonly source: string | null;
  readonly state: JobState;
  /** The latest of its progress while it runs. */
  readonly progress: Progress | null;
  /** How it ended. */
  readonly outcome: Outcome | null;
}

type Listener = (job: QueuedJob) => void;

/** Jobs one after the other, on one engine host: add, reorder, cancel. */
export class JobQueue {
  private readonly host: Pick<EngineHost, 'run' | 'cancel'>;
  private readonly waiting: QueuedJob[] = [];
  private running: QueuedJob | null = null;
  private readonly listeners = new Set<Listener>();

  constructor(host: Pick<EngineHost, 'run' | 'cancel'>) {
    this.host = host;
  }

  /** The running job first, then those that wait, in their order. */
  get jobs(): readonly QueuedJob[] {
    return this.running ? [this.running, ...this.waiting] : [...this.waiting];
  }

  /** Called at every change of a job; its last call has an outcome. Returns a function that ends this. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** How many jobs there are, the running one among them. */
  get size(): number {
    return this.waiting.length + (this.running ? 1 : 0);
  }

  add(
    id: string,
    request: GenerationRequest,
    options: { preview: boolean; source?: string | null },
  ): QueuedJob {
    if (this.jobs.some((job) => job.id === id)) throw new Error(`Job ${id} is in the queue already.`);
    const job: QueuedJob = {
      id,
      request: deepFreeze(structuredClone(request)),
      preview: options.preview,
      source: options.source ?? null,
      state: 'waiting',
      progress: null,
      outcome: null,
    };
    this.waiting.push(job);
    this.tell(job);
    this.next();
    return job;
  }

  /** Moves a waiting job to a place among those that wait (0 is next). Unknown and running jobs stay. */
  move(id: string, index: number): void {
    const from = this.waiting.findIndex((job) => job.id === id);
    const [job] = from < 0 ? [] : this.waiting.splice(from, 1);
    if (!job) return;
    this.waiting.splice(Math.max(0, Math.min(index, this.waiting.length)), 0, job);
    this.tell(job);
  }

  /** A waiting job goes at once; the running one as soon as the host lets it. */
  cancel(id: string): void {
    if (this.running?.id === id) {
      this.host.cancel(id);
      return;
    }
    const index = this.waiting.findIndex((job) => job.id === id);
    const [job] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (job) this.tell({ ...job, state: 'cancelled', outcome: { type: 'cancelled', jobId: id } });
  }

  cancelAll(): void {
    for (const { id } of [...this.waiting]) this.cancel(id);
    if (this.running) this.cancel(this.running.id);
  }

  private next(): void {
    if (this.running) return;
    const job = this.waiting.shift();
    if (!job) return;
    const update = (change: Partial<QueuedJob>): void => {
      this.running = { ...job, ...this.running, ...change };
      this.tell(this.running);
    };
    update({ state: 'running' });
    const { id, request, preview, source } = job;
    void this.host
      .run(id, request, { preview, source, onProgress: (progress) => update({ progress }) })
      .then((outcome) => {
        const ended: QueuedJob = { ...job, ...this.running, state: outcome.type, outcome };
        this.running = null;
        this.tell(ended);
        this.next();
      });
  }

  private tell(job: QueuedJob): void {
    for (const listener of this.listeners) listener(job);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
