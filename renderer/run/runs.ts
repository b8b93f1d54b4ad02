import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { EventPayload } from '../../preload/contract/studio.ts';
import type { Job } from '../../preload/contract/studioRecords.ts';
import { advanceSeed, updateSettings } from '../editor/document.ts';
import { documentToRequest } from '../editor/layoutIO.ts';
import { translate } from '../ui/i18n.ts';
import type { LiveRun, RunFailure } from '../ui/state.ts';
import type { Studio } from '../ui/studio.ts';
import type { LighterKind } from './lighter.ts';
import { afterChanges } from './queueState.ts';
import { runProblem } from './runProblem.ts';
import { sameRequest } from './sameRequest.ts';
import { freeSeed, seedsOf } from './seeds.ts';
import { timeLeft } from './timeLeft.ts';
import { waysOut } from './wayOut.ts';

type JobEvent = EventPayload<'job'>;

/** The queue as the main process tells it, and what the running job shows. */
export class Runs {
  readonly #studio: Studio;

  constructor(studio: Studio) {
    this.#studio = studio;
    studio.api.on('queue', ({ changes }) => this.sync(afterChanges(studio.state.jobs, changes), true));
    studio.api.on('job', (event) => this.#job(event));
    studio.api.on('engine', ({ state }) => {
      const engineSilent = state === 'silent';
      if (engineSilent !== studio.state.engineSilent) studio.set({ engineSilent });
    });
  }

  /**
   * Queues a frozen copy of the layout, once per seed. The canvas stays free. What would make a picture that is there already
   * is not queued: that picture is shown, and the next seed offered.
   *
   * @param again queues it all the same: other weights or another version may have come
   */
  async generate({ again = false }: { readonly again?: boolean } = {}): Promise<void> {
    const { api, editor, projects, state } = this.#studio;
    editor.settle();
    const problem = runProblem(editor.getSnapshot().document, state.models);
    if (problem !== '') {
      this.#studio.toast(problem);
      return;
    }
    if (!again) {
      this.#moveSeed();
    }
    const { document } = editor.getSnapshot();
    const outcome = documentToRequest(document);
    if (!outcome.ok) {
      editor.notify(outcome.message);
      return;
    }
    const { seed } = document.settings;
    const there = (one: number): string | null => this.#madeAs({ ...outcome.value, seed: one });
    const same = again || state.variations > 1 ? null : there(seed);
    if (same !== null) {
      await this.#offerNext(same);
      return;
    }
    const requests = seedsOf(
      seed,
      document.seedMode,
      state.variations,
      Math.random,
      (one) => state.variations > 1 && there(one) !== null,
    ).map((one): GenerationRequest => ({ ...outcome.value, seed: one }));
    const jobs = await api.call('jobs.enqueue', { project: projects.need(), requests });
    this.#studio.set({
      failure: null,
      scrub: null,
      compare: null,
      batch: jobs.length > 1 ? { jobs, results: {}, ended: [], open: true } : null,
      watching: true,
    });
  }

  /** The seed of the run that comes, as the document's mode says. */
  #moveSeed(): void {
    const { editor } = this.#studio;
    const { seedMode, settings } = editor.getSnapshot().document;
    if (seedMode === 'random') {
      editor.edit('step.seed', (document) => advanceSeed(document, Math.random));
    } else if (seedMode === 'next') {
      this.#setSeed(freeSeed(settings.seed, this.#usedSeeds()));
    }
  }

  #setSeed(seed: number): void {
    const { editor } = this.#studio;
    if (editor.getSnapshot().document.settings.seed !== seed) {
      editor.edit('step.seed', (document) => updateSettings(document, { seed }));
    }
  }

  /** Seeds of this project's pictures, and of those that wait. */
  #usedSeeds(): Set<number> {
    const { results, jobs } = this.#studio.state;
    const waiting = jobs.filter(({ project }) => this.#mine(project));
    return new Set([...results, ...waiting].map(({ request }) => request.seed));
  }

  /** The result that a request would make again, '' while it still waits or runs, null when there is none. */
  #madeAs(request: GenerationRequest): string | null {
    const { results, jobs } = this.#studio.state;
    const result = results.findLast((entry) => entry.image !== null && sameRequest(entry.request, request));
    if (result !== undefined) {
      return result.id;
    }
    return jobs.some((job) => this.#mine(job.project) && sameRequest(job.request, request)) ? '' : null;
  }

  async #offerNext(same: string): Promise<void> {
    this.#studio.toast(
      translate(same === '' ? 'run.sameQueued' : 'run.same'),
      {
        label: translate('seed.takeNext'),
        run: () => {
          this.#setSeed(
            freeSeed(this.#studio.editor.getSnapshot().document.settings.seed, this.#usedSeeds()),
          );
          this.#studio.attempt(() => this.generate());
        },
      },
      {
        label: translate('run.again'),
        run: () => this.#studio.attempt(() => this.generate({ again: true })),
      },
    );
    if (same !== '') {
      await this.#studio.results.show(same);
    }
  }

  /** The same layout and seed without ISAC, for the slider. */
  async baseline(result: string, request: GenerationRequest): Promise<void> {
    const { api, projects } = this.#studio;
    const plain: GenerationRequest = { ...request, isac: { ...request.isac, method: 'none' } };
    await api.call('jobs.enqueue', { project: projects.need(), requests: [plain], baselineOf: result });
    const toast = this.#studio.toast(translate('compare.queued'));
    this.#studio.set({ baselineFor: { result, toast } });
  }

  async retry(): Promise<void> {
    const { failure } = this.#studio.state;
    if (failure === null || failure.requests.length === 0) {
      await this.generate();
      return;
    }
    await this.#again(failure, failure.requests);
  }

  /** Queues what has failed once more, with one change that makes it need less. The layout keeps its settings. */
  async retryLighter(kind: LighterKind): Promise<void> {
    const { state } = this.#studio;
    const { failure } = state;
    if (failure === null) {
      return;
    }
    const lighter = failure.requests.flatMap((request) =>
      waysOut({ ...failure, requests: [request] }, state)
        .filter((way) => way.kind === kind)
        .map((way) => way.request),
    );
    if (lighter.length > 0) {
      await this.#again(failure, lighter);
    }
  }

  async #again(failure: RunFailure, requests: readonly GenerationRequest[]): Promise<void> {
    const { baselineOf } = failure;
    const project = this.#studio.projects.need();
    // A second click must not queue it twice.
    this.#studio.set({ failure: null });
    const jobs = await this.#studio.api
      .call('jobs.enqueue', { project, requests: [...requests], baselineOf })
      .catch((error: unknown) => {
        if (this.#studio.state.failure === null) {
          this.#studio.set({ failure });
        }
        throw error;
      });
    this.#studio.set({
      watching: baselineOf === null,
      ...(jobs.length > 1 ? { batch: { jobs, results: {}, ended: [], open: true } } : {}),
    });
  }

  async cancel(job?: string): Promise<void> {
    const id = job ?? this.#studio.state.live?.job;
    if (id !== undefined) {
      const { live } = this.#studio.state;
      if (live?.job === id) {
        this.#studio.set({ live: { ...live, cancelling: true } });
      }
      await this.#studio.api.call('jobs.cancel', { job: id });
    }
  }

  async cancelAll(): Promise<void> {
    await this.#studio.api.call('jobs.cancelAll', {});
  }

  async move(job: string, index: number): Promise<void> {
    await this.#studio.api.call('jobs.move', { job, index: Math.max(0, index) });
  }

  #mine(project: string): boolean {
    return project === this.#studio.projects.handle;
  }

  /**
   * The queue as it is now: after an event, a reload or a new connection.
   *
   * @param ended whether the end of a job that is not there any more is still to be told
   */
  sync(jobs: readonly Job[], ended = false): void {
    const running = jobs.find(({ state, project }) => state !== 'waiting' && this.#mine(project));
    const { live } = this.#studio.state;
    let next = live;
    if (running === undefined) {
      // The end itself is told by an event of its own, once the result is on the disk: until then nothing goes away.
      next = ended ? live : null;
    } else if (live?.job !== running.id) {
      next = startedRun(running);
    } else {
      next = { ...live, stage: running.stage ?? live.stage, cancelling: running.state === 'cancelling' };
    }
    this.#studio.set({ jobs, live: next });
  }

  #job(event: JobEvent): void {
    if (!this.#mine(event.project)) {
      return;
    }
    const { state } = this.#studio;
    const { live } = state;
    switch (event.type) {
      case 'queued':
        return;
      case 'stage':
        if (live?.job === event.job) {
          this.#studio.set({ live: { ...live, stage: event.stage } });
          this.#studio.announce(translate(`stage.${event.stage}`));
        }
        return;
      case 'step':
        if (live?.job === event.job) {
          this.#studio.set({ live: afterStep(live, event, performance.now()) });
        }
        return;
      case 'done':
        this.#settle(event.job, event.entry.id);
        if (state.failure?.fault === 'project' && state.failure.job === event.job) {
          // What could not be kept is kept now.
          this.#studio.set({ failure: null });
        }
        // What emerged stays until the result is there to take its place.
        this.#studio.attempt(() =>
          this.#studio.results.added(event.entry).finally(() => this.#leave(event.job)),
        );
        this.#studio.announce(translate('run.done'));
        return;
      case 'cancelled':
        this.#ended(event.job);
        this.#studio.announce(translate('run.cancelled'));
        return;
      case 'failed': {
        const job = state.jobs.find(({ id }) => id === event.job);
        const request = job?.request ?? (live?.job === event.job ? live.request : null);
        // Variations that fail alike are tried again together.
        const { batch, failure } = state;
        const alike = failure?.cause === event.cause && batch?.jobs.includes(event.job) === true;
        const before = alike && batch.ended.length > 0 ? failure.requests : [];
        this.#ended(event.job);
        this.#studio.set({
          failure: {
            job: event.job,
            fault: event.fault,
            cause: event.cause,
            message: event.message,
            sentence: event.sentence,
            stage: job?.stage ?? (live?.job === event.job ? live.stage : null),
            requests: request === null ? before : [...before, request],
            baselineOf: job?.baselineOf ?? null,
          },
          baselineFor: job?.baselineOf === null ? state.baselineFor : null,
        });
      }
    }
  }

  #ended(job: string): void {
    this.#settle(job, null);
    this.#leave(job);
  }

  /** A place of the grid of variations is decided. */
  #settle(job: string, result: string | null): void {
    const { batch } = this.#studio.state;
    if (batch?.jobs.includes(job)) {
      const results = result === null ? batch.results : { ...batch.results, [job]: result };
      this.#studio.set({ batch: { ...batch, results, ended: [...batch.ended, job] } });
    }
  }

  #leave(job: string): void {
    if (this.#studio.state.live?.job === job) {
      this.#studio.set({ live: null });
    }
  }
}

function startedRun(job: Job): LiveRun {
  return {
    job: job.id,
    request: job.request,
    stage: job.stage,
    done: job.step?.done ?? 0,
    steps: job.step?.of ?? job.request.steps,
    losses: [],
    preview: null,
    masks: [],
    started: performance.now() - (job.runningMs ?? 0),
    firstStep: null,
    left: null,
    cancelling: job.state === 'cancelling',
  };
}

/** What is known after another step. */
export function afterStep(
  live: LiveRun,
  event: Omit<Extract<JobEvent, { type: 'step' }>, 'type' | 'job' | 'project'>,
  now: number,
): LiveRun {
  const done = event.step;
  const firstStep = live.firstStep ?? now;
  return {
    ...live,
    stage: 'sampling',
    done,
    steps: event.steps,
    losses: event.loss === null ? live.losses : [...live.losses, event.loss],
    // A step without a picture keeps the last one, so that nothing flickers.
    preview: event.preview ?? live.preview,
    masks: event.masks.length > 0 ? event.masks : live.masks,
    firstStep,
    left: timeLeft(now - firstStep, done, event.steps),
  };
}
