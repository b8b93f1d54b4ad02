import type { Worker, WorkerOptions } from 'node:worker_threads';
import { messageOf, UserError } from '../engine/errors.ts';
import { unpackError } from './carriedError.ts';
import type { TaskMessage, ThreadMessage } from './serveTasks.ts';

export interface ThreadLimits {
  /** Threads at a time: one may be busy with a large archive while another opens a project. */
  readonly threads: number;
  /** V8's heap of one thread, in MiB. Buffers lie outside of it; what files may claim is bounded (files/bounds.ts). */
  readonly heapMiB: number;
  /** How long a thread may be busy without coming to itself: stuck in one parser. */
  readonly silenceMs: number;
  /** How long a thread may take to start. */
  readonly startMs: number;
  /** An idle thread is ended after this time; its memory is free again. */
  readonly idleMs: number;
}

export const READER_LIMITS: ThreadLimits = {
  threads: 2,
  heapMiB: 256,
  silenceMs: 20_000,
  startMs: 60_000,
  idleMs: 60_000,
};

export interface TaskOptions {
  /** What messages call the file that is read. */
  readonly about: string;
  /** How long the task may take in all; null for those whose time grows with the disk's (archives, weights). */
  readonly totalMs?: number | null;
}

interface Job extends Required<TaskOptions> {
  readonly message: TaskMessage;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | null;
  ready: boolean;
  timers: NodeJS.Timeout[];
  idle: NodeJS.Timeout | null;
}

/** Ten seconds for what takes milliseconds; a network drive may be slow. */
const DEFAULT_TOTAL_MS = 120_000;
/** A timer that comes later than this tells of a computer that slept, not of a thread that is stuck. */
const SLEPT_MS = 5_000;

/**
 * Threads that read what comes from outside. A task that is stuck, takes too long or takes too much memory is ended
 * with its thread, and becomes a sentence; nothing of this process waits for it. Each task has a thread to itself.
 */
export class ThreadPool {
  readonly #start: (options: WorkerOptions) => Worker;
  readonly #limits: ThreadLimits;
  readonly #threads = new Set<Thread>();
  readonly #queue: Job[] = [];

  constructor(start: (options: WorkerOptions) => Worker, limits: ThreadLimits = READER_LIMITS) {
    this.#start = start;
    this.#limits = limits;
  }

  /** Runs a task in a thread. @throws what the task throws; UserError when it was ended over a limit */
  run(task: string, args: unknown, { about, totalMs = DEFAULT_TOTAL_MS }: TaskOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ message: { task, args }, about, totalMs, resolve, reject });
      this.#next();
    });
  }

  /** Starts a thread ahead of the first task. */
  warm(): void {
    if (this.#threads.size === 0) this.#rest(this.#open());
  }

  /** Ends all threads; what they do is given up. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, new Error('The program ends.'))));
  }

  #next(): void {
    const idle = [...this.#threads].find(({ job }) => job === null);
    if (idle === undefined && this.#threads.size >= this.#limits.threads) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    const thread = idle ?? this.#open();
    this.#stopTimers(thread);
    thread.job = job;
    thread.worker.ref();
    thread.worker.postMessage(job.message);
    this.#watch(thread, thread.ready ? this.#limits.silenceMs : this.#limits.startMs);
    if (job.totalMs !== null) {
      const { totalMs, about } = job;
      const late = (): void => void this.#end(thread, tooLong(about, totalMs));
      thread.timers.push(setTimeout(late, totalMs));
    }
  }

  #open(): Thread {
    const worker = this.#start({
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heapMiB, maxYoungGenerationSizeMb: 16 },
    });
    const thread: Thread = { worker, job: null, ready: false, timers: [], idle: null };
    this.#threads.add(thread);
    worker.on('message', (message: ThreadMessage) => this.#receive(thread, message));
    worker.on('error', (error) => void this.#end(thread, this.#explained(thread, error)));
    worker.on('exit', () => void this.#end(thread, this.#explained(thread, new Error('its thread ended'))));
    return thread;
  }

  #receive(thread: Thread, message: ThreadMessage): void {
    const { job } = thread;
    thread.ready = true;
    if (job === null) return;
    if (message.type === 'ready' || message.type === 'alive') {
      this.#watch(thread, this.#limits.silenceMs);
      return;
    }
    thread.job = null;
    this.#stopTimers(thread);
    this.#rest(thread);
    if (message.type === 'done') job.resolve(message.value);
    else job.reject(unpackError(message.error));
    this.#next();
  }

  /** An idle thread keeps no process alive. */
  #rest(thread: Thread): void {
    thread.worker.unref();
    thread.idle = setTimeout(() => void this.#end(thread, new Error('idle')), this.#limits.idleMs);
    thread.idle.unref();
  }

  /** The first timer is that of the silence. */
  #watch(thread: Thread, ms: number): void {
    clearTimeout(thread.timers[0]);
    const due = performance.now() + ms;
    thread.timers[0] = setTimeout(() => {
      if (performance.now() > due + SLEPT_MS) this.#watch(thread, ms);
      else void this.#end(thread, tooLong(thread.job?.about ?? '', ms));
    }, ms);
  }

  #stopTimers(thread: Thread): void {
    for (const timer of thread.timers) clearTimeout(timer);
    thread.timers = [];
    if (thread.idle !== null) clearTimeout(thread.idle);
    thread.idle = null;
  }

  async #end(thread: Thread, error: Error): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    this.#stopTimers(thread);
    const { job } = thread;
    thread.job = null;
    await thread.worker.terminate();
    job?.reject(error);
    this.#next();
  }

  #explained({ job }: Thread, error: Error): Error {
    const about = job?.about ?? '';
    if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return new UserError(
        `${about}: reading it takes more than ${this.#limits.heapMiB} MiB of memory, and was stopped; it is damaged or ` +
          'made to do harm.',
      );
    }
    return new Error(`${about}: reading it failed (${messageOf(error)}).`);
  }
}

function tooLong(about: string, ms: number): UserError {
  return new UserError(
    `${about}: reading it takes more than ${Math.round(ms / 1000)} s, and was stopped; it is damaged or made to do harm.`,
  );
}
