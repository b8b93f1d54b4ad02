import type { Verification } from '../../preload/contract/models.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import type { ModelLibrary } from '../library/modelLibrary.ts';

/** Between two events of one verification. */
const TELL_MS = 200;

interface Running {
  readonly stop: AbortController;
  latest: Verification;
}

/** Hashing of models' files: one at a time per model, told as it goes, to be cancelled. */
export class Verifications {
  readonly #library: ModelLibrary;
  readonly #tell: (verification: Verification) => void;
  readonly #running = new Map<string, Running>();

  constructor(library: ModelLibrary, tell: (verification: Verification) => void) {
    this.#library = library;
    this.#tell = tell;
  }

  of(model: string): Verification | null {
    return this.#running.get(model)?.latest ?? null;
  }

  /** Begins; how it ends is told. @throws UserError for an unknown model and one that cannot be used */
  async start(model: string): Promise<void> {
    if (this.#running.has(model)) return;
    const { problem } = await this.#library.get(model);
    if (problem !== null) throw new UserError(problem);
    const stop = new AbortController();
    const latest: Verification = {
      model,
      state: 'running',
      file: '',
      doneBytes: 0,
      totalBytes: 0,
      message: '',
    };
    const running: Running = { stop, latest };
    this.#running.set(model, running);
    this.#tell(latest);
    void this.#run(model, running);
  }

  cancel(model: string): void {
    this.#running.get(model)?.stop.abort();
  }

  close(): void {
    for (const { stop } of this.#running.values()) stop.abort();
  }

  async #run(model: string, running: Running): Promise<void> {
    let told = 0;
    const change = (change: Partial<Verification>): void => {
      running.latest = { ...running.latest, ...change };
    };
    try {
      await this.#library.verify(
        model,
        (progress) => {
          change(progress);
          if (performance.now() - told < TELL_MS) return;
          told = performance.now();
          this.#tell(running.latest);
        },
        running.stop.signal,
      );
      change({ state: 'done' });
    } catch (error) {
      const cancelled = running.stop.signal.aborted;
      change(cancelled ? { state: 'cancelled' } : { state: 'failed', message: messageOf(error) });
    }
    this.#running.delete(model);
    this.#tell(running.latest);
  }
}
