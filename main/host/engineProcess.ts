import { randomUUID } from 'node:crypto';
import { engineEventSchema, type EngineCommand, type EngineEvent } from '../../preload/contract/engine.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { exitSentence, isDeviceLost } from './exitSentence.ts';
import type { Question } from './jobRunner.ts';
import { LifeWatch } from './lifeWatch.ts';
import { ProcessPing } from './processPing.ts';
import type { EngineProcess, ProcessExit, Spawner } from './spawner.ts';

/** How a job ends. */
export type Outcome = Extract<EngineEvent, { type: 'done' | 'cancelled' | 'failed' }>;
/** What a job tells while it runs. */
export type Progress = Extract<EngineEvent, { type: 'stage' | 'step' }>;

export interface EngineHostOptions {
  readonly spawner: Spawner;
  /** How long after the current model run could have ended a cancelled job is killed. */
  readonly graceMs?: number;
  /** Wait before a process is started again after this many failures in a row. */
  readonly backoffMs?: (failures: number) => number;
  /** How long a process may take to say that it is ready. */
  readonly startMs?: number;
  /** Silence after which a process that runs a job counts as stopped. */
  readonly silentMs?: number;
  /** How long a process that is used again may take to answer before a job is sent to it. */
  readonly pingMs?: number;
  /** Told when the process of a running job falls silent, and when it is heard again. `cancel` ends it at once then. */
  readonly onSilence?: (silent: boolean) => void;
}

interface RunningJob {
  readonly id: string;
  readonly onProgress: (event: Progress) => void;
  readonly finish: (outcome: Outcome) => void;
  /** Sends it to the process that is ready. */
  readonly send: () => void;
  cancelling: boolean;
  /** sent: no word of it has come back yet. */
  state: 'waiting' | 'sent' | 'begun';
  /** The process died as the job was sent, and a fresh one got it. */
  retried: boolean;
}

/** Phrases that wait for their vectors. */
interface OpenQuestion {
  readonly id: string;
  readonly answer: (vectors: number[][] | null) => void;
}

/** A process that is not ready yet; a job and a question may wait for the same one. */
interface Start {
  readonly ready: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The engine's process, seen from outside: starts it when a job needs it, validates what goes in and comes out,
 * cancels, kills what does not obey, and gives the next job a fresh process after a crash. One job at a time.
 */
export class EngineHost {
  private readonly options: Required<EngineHostOptions>;
  private process: EngineProcess | null = null;
  private versionsOfEngine: Readonly<Record<string, string>> | null = null;
  private job: RunningJob | null = null;
  private question: OpenQuestion | null = null;
  private closed = false;
  /** Processes that died or misbehaved since the last job that ended well. */
  private failures = 0;
  private heardAt = 0;
  /** Longest silence between two messages of this process: no model run lasts longer, as far as is known. */
  private longestSilenceMs = 0;
  private timers: NodeJS.Timeout[] = [];
  private startTimers: NodeJS.Timeout[] = [];
  private starting: Start | null = null;
  private readonly ping: ProcessPing;
  private readonly watch: LifeWatch;

  constructor(options: EngineHostOptions) {
    this.options = {
      graceMs: 2000,
      backoffMs: (failures) => (failures <= 1 ? 0 : Math.min(10_000, 250 * 2 ** failures)),
      startMs: 60_000,
      silentMs: 15_000,
      pingMs: 5_000,
      onSilence: () => undefined,
      ...options,
    };
    this.ping = new ProcessPing({ silentMs: this.options.pingMs, lateMs: this.options.startMs });
    this.watch = new LifeWatch({ silentMs: this.options.silentMs, onChange: this.options.onSilence });
  }

  /** Versions that the engine named when it was ready last. */
  get versions(): Readonly<Record<string, string>> | null {
    return this.versionsOfEngine;
  }

  get busy(): boolean {
    return this.job !== null;
  }

  /**
   * Runs one job. Never rejects: a crash, a kill and a message that cannot be understood are outcomes too.
   *
   * @param options.source base64 PNG of the picture that the request begins with
   * @throws when another job is running: the queue's business, not the host's
   */
  run(
    jobId: string,
    request: GenerationRequest,
    options: { preview: boolean; source?: string | null; onProgress: (event: Progress) => void },
  ): Promise<Outcome> {
    if (this.job) throw new Error(`Job ${jobId} cannot start: job ${this.job.id} is still running.`);
    if (this.closed) throw new Error('The engine host is closed.');
    this.question?.answer(null);
    return new Promise((resolve) => {
      const job: RunningJob = {
        id: jobId,
        onProgress: options.onProgress,
        cancelling: false,
        state: 'waiting',
        retried: false,
        finish: (outcome) => {
          if (this.job !== job) return;
          this.job = null;
          this.stopTimers();
          this.watch.stop();
          resolve(outcome);
        },
        send: () => {
          const { preview, source = null } = options;
          const picture = source === null ? {} : { source };
          this.send({ type: 'generate', jobId, request, preview, ...picture });
        },
      };
      this.job = job;
      this.dispatch(job);
    });
  }

  /** Sends a job as soon as there is a process that answers. */
  private dispatch(job: RunningJob): void {
    this.answering(job).then(
      () => {
        if (this.job !== job) return;
        this.heardAt = performance.now();
        this.watch.start();
        job.state = 'sent';
        job.send();
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        job.finish(job.cancelling ? { type: 'cancelled', jobId: job.id } : failed(job.id, message));
      },
    );
  }

  /**
   * Pooled text states of phrases, one vector each, for when there is nothing else to do: null while a job runs, when
   * one comes meanwhile, and when the engine cannot or has failed last. Never rejects, never holds up a job.
   */
  embed(question: Question): Promise<number[][] | null> {
    if (this.job || this.question || this.closed || this.failures > 0) return Promise.resolve(null);
    return new Promise((resolve) => {
      const open: OpenQuestion = {
        id: randomUUID(),
        answer: (vectors) => {
          if (this.question !== open) return;
          this.question = null;
          resolve(vectors);
        },
      };
      this.question = open;
      this.started().then(
        () => {
          if (this.question === open) this.send({ type: 'embed', questionId: open.id, ...question });
        },
        () => open.answer(null),
      );
    });
  }

  /** Asks the running job to stop; kills its process when it has not stopped after the grace time. */
  cancel(jobId: string): void {
    const job = this.job;
    if (job?.id !== jobId || job.cancelling) return;
    job.cancelling = true;
    if (this.starting) {
      // Nothing has been sent yet, and a process that hangs while it starts would hang for the next job too.
      this.drop();
      this.startEnded(new Error('cancelled'));
      job.finish({ type: 'cancelled', jobId });
      return;
    }
    if (this.watch.silent || job.state === 'waiting') {
      // A process that is stopped hears nothing; one that is asked whether it answers has not got the job yet.
      if (this.watch.silent) this.drop();
      job.finish({ type: 'cancelled', jobId });
      return;
    }
    this.send({ type: 'cancel', jobId });
    this.timer(this.longestSilenceMs + this.options.graceMs, () => {
      this.drop();
      job.finish({ type: 'cancelled', jobId });
    });
  }

  /** Lets go of models and sessions; the process stays. */
  unload(): void {
    if (this.process && !this.starting) this.send({ type: 'unload' });
  }

  /** Ends the process when it has nothing to do, so that all its memory is free; the next job gets a fresh one. */
  rest(): void {
    if (this.job || this.starting) return;
    this.question?.answer(null);
    this.drop();
  }

  /** Ends the process and whatever it does. */
  close(): void {
    this.closed = true;
    this.drop();
    this.startEnded(new Error('The engine was closed.'));
    this.question?.answer(null);
    if (this.job) this.job.finish({ type: 'cancelled', jobId: this.job.id });
  }

  /** A process that is ready for a job and, when it has been idle, has just shown that it lives. */
  private async answering(job: RunningJob): Promise<void> {
    const asked = this.starting === null ? this.process : null;
    await this.started();
    if (asked === null || (await this.ping.ask(asked)) || this.job !== job) return;
    // It was stopped or hangs. It had nothing to do, so that nothing is lost.
    if (this.process === asked) this.drop();
    await this.started();
  }

  /** A process that is ready for a job. */
  private async started(): Promise<void> {
    if (!this.starting) {
      if (this.process) return;
      this.start();
    }
    await this.starting?.ready;
  }

  private start(): void {
    const wait = this.failures === 0 ? 0 : this.options.backoffMs(this.failures);
    let [resolve, reject]: [Start['resolve'], Start['reject']] = [() => undefined, () => undefined];
    const ready = new Promise<void>((resolved, rejected) => {
      [resolve, reject] = [resolved, rejected];
    });
    this.starting = { ready, resolve, reject };
    if (wait === 0) this.spawn();
    else this.startTimers.push(setTimeout(() => this.spawn(), wait));
  }

  private startEnded(error?: Error): void {
    const starting = this.starting;
    this.starting = null;
    for (const timer of this.startTimers) clearTimeout(timer);
    this.startTimers = [];
    if (error) starting?.reject(error);
    else starting?.resolve();
  }

  private spawn(): void {
    const process = this.options.spawner();
    this.process = process;
    this.longestSilenceMs = 0;
    process.onMessage((message) => {
      if (this.process === process) this.receive(message);
    });
    process.onSign?.(() => {
      if (this.process === process) this.watch.heard();
    });
    process.onExit((exit) => {
      if (this.process === process) this.lost(exit);
    });
    const late = setTimeout(
      () => this.broken(`The engine process did not start within ${this.options.startMs / 1000} s`),
      this.options.startMs,
    );
    this.startTimers.push(late);
  }

  private receive(message: unknown): void {
    const parsed = engineEventSchema.safeParse(message);
    if (!parsed.success) {
      this.broken('The engine process sent a message that is not understood');
      return;
    }
    const event = parsed.data;
    const now = performance.now();
    if (this.job && !this.starting)
      this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.heardAt);
    this.heardAt = now;
    this.watch.heard();
    if (event.type === 'pong') {
      this.ping.pong(event.pingId);
      return;
    }
    if (event.type === 'ready') {
      this.versionsOfEngine = event.versions;
      this.startEnded();
      return;
    }
    if (event.type === 'embedded') {
      if (event.questionId === this.question?.id) this.question.answer(event.vectors);
      return;
    }
    // The last words of a job that is no longer wanted.
    if (event.jobId !== this.job?.id) return;
    this.job.state = 'begun';
    if (event.type === 'stage' || event.type === 'step') {
      this.job.onProgress(event);
      return;
    }
    this.failures = 0;
    // A process that lost its device never gets it back.
    if (event.type === 'failed' && isDeviceLost(event.message)) this.drop();
    this.job.finish(event);
  }

  /** The process has ended without being asked to. */
  private lost(exit: ProcessExit): void {
    const loading = this.starting !== null;
    const { job } = this;
    if (this.ping.pending) {
      // It died while it had nothing to do: the job gets a fresh one.
      this.drop();
      return;
    }
    if (job?.state === 'sent' && !job.retried && !job.cancelling) {
      // It died just as the job was sent: no word of it has come back, so that a fresh process can begin it once more.
      this.failures++;
      this.drop();
      this.watch.stop();
      job.retried = true;
      job.state = 'waiting';
      this.dispatch(job);
      return;
    }
    this.end(exitSentence(exit, loading));
  }

  /** The process lives but cannot be trusted any more. */
  private broken(reason: string): void {
    this.end(`${reason}; it was ended, and the next job gets a fresh one.`);
  }

  private end(message: string): void {
    this.failures++;
    this.drop();
    this.startEnded(new Error(message));
    this.question?.answer(null);
    const job = this.job;
    if (job) job.finish(job.cancelling ? { type: 'cancelled', jobId: job.id } : failed(job.id, message));
  }

  private drop(): void {
    const process = this.process;
    this.process = null;
    process?.kill();
    this.ping.end();
  }

  private send(command: EngineCommand): void {
    this.process?.send(command);
  }

  private timer(ms: number, action: () => void): void {
    this.timers.push(setTimeout(action, ms));
  }

  private stopTimers(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }
}

function failed(jobId: string, message: string): Outcome {
  return { type: 'failed', jobId, fault: 'engine', message };
}
