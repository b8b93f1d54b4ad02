import { saidBy } from '../engine/errors.ts';
import type { SaveState } from '../../preload/contract/project.ts';

export interface AutosaveOptions<T> {
  write: (value: T) => Promise<void>;
  onState?: (state: SaveState) => void;
  /** Milliseconds of quiet before a write. */
  quiet?: number;
  /** Milliseconds after the first unsaved change by which it is written, however busy the user is. */
  latest?: number;
  /** Milliseconds after a failed write before it is tried again; doubled each time, up to `retryMost`. */
  retry?: number;
  retryMost?: number;
}

/**
 * Writes the newest value soon after it changed: one write at a time, values in between are skipped, and a change
 * waits `latest` at most. A failed write keeps its value and is tried again: at the next change or flush, and by itself after
 * some seconds, for the disk may have room again while the user does nothing.
 */
export class Autosave<T> {
  readonly #write: (value: T) => Promise<void>;
  readonly #onState: (state: SaveState) => void;
  readonly #quiet: number;
  readonly #latest: number;
  readonly #retry: number;
  readonly #retryMost: number;
  #failures = 0;
  #pending: { value: T; since: number } | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #writing: Promise<void> | null = null;

  constructor({
    write,
    onState = () => undefined,
    quiet = 250,
    latest = 800,
    retry = 2000,
    retryMost = 30_000,
  }: AutosaveOptions<T>) {
    this.#retry = retry;
    this.#retryMost = retryMost;
    this.#write = write;
    this.#onState = onState;
    this.#quiet = quiet;
    this.#latest = latest;
  }

  /** Whether there is something not yet on the disk. */
  get dirty(): boolean {
    return this.#pending !== null || this.#writing !== null;
  }

  change(value: T): void {
    const now = Date.now();
    const since = this.#pending?.since ?? now;
    this.#failures = 0;
    if (this.#pending === null) this.#onState({ state: 'pending' });
    this.#pending = { value, since };
    this.#flushIn(Math.max(0, Math.min(this.#quiet, since + this.#latest - now)));
  }

  #flushIn(wait: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // The state tells of the failure; there is nobody to throw to here.
      this.flush().catch(() => undefined);
    }, wait);
  }

  /** Resolves when everything changed so far is on the disk. @throws what the write threw */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#writing !== null) await this.#writing.catch(() => undefined);
    const job = this.#pending;
    if (job === null) return;
    this.#pending = null;
    this.#writing = this.#write(job.value);
    try {
      await this.#writing;
    } catch (error) {
      // A newer value has a timer of its own.
      if (this.#pending === null) {
        this.#pending = job;
        this.#flushIn(Math.min(this.#retry * 2 ** this.#failures, this.#retryMost));
        this.#failures += 1;
      }
      this.#onState({ state: 'failed', ...saidBy(error) });
      throw error;
    } finally {
      this.#writing = null;
    }
    if (this.#pending === null) this.#onState({ state: 'saved', at: new Date().toISOString() });
    else await this.flush();
  }

  /** Forgets what is not yet written. */
  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pending = null;
  }
}
