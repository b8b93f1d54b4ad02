import { randomUUID } from 'node:crypto';
import type { TraceStep } from '../../preload/contract/project.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { MAX_QUEUED, type EventPayload } from '../../preload/contract/studio.ts';
import type { Job, QueueChange } from '../../preload/contract/studioRecords.ts';
import { saidBy, UserError } from '../engine/errors.ts';
import type { Outcome, Progress } from '../host/engineProcess.ts';
import { failureCause } from '../host/exitSentence.ts';
import type { JobQueue, QueuedJob } from '../host/jobQueue.ts';
import { fromBase64 } from '../host/png.ts';
import { newResultId, type FinishedRun } from '../projects/results.ts';
import type { Clients } from './clients.ts';
import { historyEntry, type OpenEntry, type OpenProjects } from './openProjects.ts';

/** What is known of a job beside the queue's own record. */
interface DeskJob {
  readonly id: string;
  readonly project: string;
  readonly baselineOf: string | null;
  readonly trace: TraceStep[];
  lastProgress: Progress | null;
  stage: Job['stage'];
  step: Job['step'];
  startedAt: number | null;
  cancelling: boolean;
  /** Whether clients know of it. */
  told: boolean;
}

/** A finished run whose project could not be written to. */
interface UnkeptRun {
  readonly job: string;
  readonly project: string;
  readonly run: FinishedRun;
}

/** As many finished runs are held in memory when a disk is full. */
const MAX_UNKEPT = 20;

/** Jobs of open projects: queues frozen requests, tells the project's window, keeps results in the project. */
export class JobDesk {
  readonly #queue: JobQueue;
  readonly #projects: OpenProjects;
  readonly #clients: Clients;
  readonly #jobs = new Map<string, DeskJob>();
  /** Results on their way to the disk, by project. */
  readonly #keeping = new Map<string, Set<Promise<void>>>();
  #unkept: UnkeptRun[] = [];
  /** Changes of the queue that belong together and are not told yet. */
  #changes: QueueChange[] = [];
  #together = 0;

  constructor(queue: JobQueue, projects: OpenProjects, clients: Clients) {
    this.#queue = queue;
    this.#projects = projects;
    this.#clients = clients;
    queue.listen((job) => this.#changed(job));
  }

  list(): Job[] {
    return this.#queue.jobs.flatMap((queued) => {
      const job = this.#jobs.get(queued.id);
      return job === undefined ? [] : [describe(queued, job)];
    });
  }

  enqueue(
    { handle }: OpenEntry,
    requests: readonly GenerationRequest[],
    {
      baselineOf,
      preview,
      sources = new Map(),
    }: {
      baselineOf: string | null;
      preview: boolean;
      /** Base64 PNGs of the pictures that requests begin with, by their hashes. */
      sources?: ReadonlyMap<string, string>;
    },
  ): string[] {
    const queued = this.#queue.size;
    if (queued + requests.length > MAX_QUEUED) {
      throw new UserError(sentence('queue.full', { queued, most: MAX_QUEUED }));
    }
    return this.#atOnce(() =>
      requests.map((request) => {
        const id = randomUUID();
        this.#jobs.set(id, {
          id,
          project: handle,
          baselineOf,
          trace: [],
          lastProgress: null,
          stage: null,
          step: null,
          startedAt: null,
          cancelling: false,
          told: false,
        });
        this.#tell({ type: 'queued', job: id, project: handle });
        const source = request.source === undefined ? null : (sources.get(request.source.image) ?? null);
        this.#queue.add(id, request, { preview, source });
        return id;
      }),
    );
  }

  cancel(id: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined || job.cancelling) return;
    this.#atOnce(() => {
      job.cancelling = true;
      this.#tellChanged(job);
      this.#queue.cancel(id);
    });
  }

  cancelAll(): void {
    this.#atOnce(() => {
      for (const id of [...this.#jobs.keys()].reverse()) this.cancel(id);
    });
  }

  move(id: string, index: number): void {
    this.#queue.move(id, index);
    const at = this.#queue.jobs.filter(({ state }) => state === 'waiting').findIndex((job) => job.id === id);
    if (at >= 0) this.#tellQueue({ type: 'moved', job: id, index: at });
  }

  /** Ends a project's jobs and waits for those of its results that are on their way to the disk. */
  async clear(handle: string): Promise<void> {
    this.#atOnce(() => {
      for (const { id, project } of [...this.#jobs.values()].reverse()) {
        if (project === handle) this.cancel(id);
      }
    });
    await Promise.all(this.#keeping.get(handle) ?? []);
    this.#unkept = this.#unkept.filter(({ project }) => project !== handle);
  }

  /** Tries again to keep results, after the project could be written to. */
  retry(handle: string): void {
    const again = this.#unkept.filter(({ project }) => project === handle);
    this.#unkept = this.#unkept.filter(({ project }) => project !== handle);
    for (const unkept of again) this.#keep(unkept);
  }

  #changed(queued: QueuedJob): void {
    const job = this.#jobs.get(queued.id);
    if (job === undefined) return;
    const { outcome, progress } = queued;
    if (outcome !== null) {
      this.#jobs.delete(job.id);
      this.#ended(job, outcome);
      this.#tellQueue({ type: 'ended', job: job.id });
      return;
    }
    if (!job.told) {
      job.told = true;
      this.#tellQueue({ type: 'added', jobs: [describe(queued, job)] });
    }
    if (queued.state === 'running' && job.startedAt === null) {
      job.startedAt = performance.now();
      this.#tellChanged(job);
    }
    if (progress === null || progress === job.lastProgress) return;
    job.lastProgress = progress;
    if (progress.type === 'stage') {
      job.stage = progress.stage;
      this.#tell({ type: 'stage', job: job.id, project: job.project, stage: progress.stage });
      this.#tellChanged(job);
      return;
    }
    const { step, steps, loss, preview, masks } = progress;
    job.step = { done: step, of: steps };
    job.trace.push({ step, loss, preview, masks });
    this.#tell({ type: 'step', job: job.id, project: job.project, step, steps, loss, preview, masks });
  }

  #ended(job: DeskJob, outcome: Outcome): void {
    const { id, project, baselineOf, trace } = job;
    if (outcome.type === 'cancelled') {
      this.#tell({ type: 'cancelled', job: id, project });
    } else if (outcome.type === 'failed') {
      const { fault, message } = outcome;
      this.#tell({ type: 'failed', job: id, project, fault, cause: failureCause(message), message });
    } else {
      const run: FinishedRun = {
        id: newResultId(),
        result: outcome.result,
        image: fromBase64(outcome.image),
        masks: outcome.masks.map(fromBase64),
        trace,
        ...(baselineOf === null ? {} : { baselineOf }),
      };
      this.#keep({ job: id, project, run });
    }
  }

  #keep(unkept: UnkeptRun): void {
    const { job, project: handle, run } = unkept;
    const keeping = this.#keeping.get(handle) ?? new Set();
    this.#keeping.set(handle, keeping);
    const write = async (): Promise<void> => {
      try {
        const summary = await this.#projects.find(handle).project.addResult(run);
        this.#tell({ type: 'done', job, project: handle, entry: historyEntry(handle, summary) });
      } catch (error) {
        this.#unkept = [...this.#unkept, unkept].slice(-MAX_UNKEPT);
        const { message: why, sentence: told } = saidBy(error);
        const said = saidBy(new UserError(sentence('run.unkept', { why: told ?? why })));
        this.#tell({ type: 'failed', job, project: handle, fault: 'project', cause: 'other', ...said });
      }
    };
    const promise = write().finally(() => keeping.delete(promise));
    keeping.add(promise);
  }

  #tell(event: EventPayload<'job'>): void {
    const entry = this.#projects.entries.find(({ handle }) => handle === event.project);
    if (entry !== undefined) this.#clients.send(entry.owner, 'job', event);
  }

  /** Changes that are made together are told together: a thousand cancelled jobs are one event. */
  #atOnce<T>(make: () => T): T {
    this.#together += 1;
    try {
      return make();
    } finally {
      this.#together -= 1;
      this.#flushQueue();
    }
  }

  #tellChanged(job: DeskJob): void {
    this.#tellQueue({ type: 'changed', job: job.id, ...stateOf(job) });
  }

  #tellQueue(change: QueueChange): void {
    const last = this.#changes.at(-1);
    if (change.type === 'added' && last?.type === 'added') {
      this.#changes.splice(-1, 1, { type: 'added', jobs: [...last.jobs, ...change.jobs] });
    } else {
      this.#changes.push(change);
    }
    this.#flushQueue();
  }

  #flushQueue(): void {
    if (this.#together > 0 || this.#changes.length === 0) return;
    const changes = this.#changes;
    this.#changes = [];
    this.#clients.sendAll('queue', { changes });
  }
}

function describe({ id, request }: QueuedJob, job: DeskJob): Job {
  const { project, baselineOf, step } = job;
  return { id, project, request, baselineOf, step, ...stateOf(job) };
}

function stateOf({ cancelling, stage, startedAt }: DeskJob): Pick<Job, 'state' | 'stage' | 'runningMs'> {
  return {
    state: cancelling ? 'cancelling' : startedAt === null ? 'waiting' : 'running',
    stage,
    runningMs: startedAt === null ? null : performance.now() - startedAt,
  };
}
