/** What is watched, and who is told. */
export interface LifeWatchOptions {
  /** Silence after which a process counts as stopped. */
  readonly silentMs: number;
  /** Called with true when it falls silent, and with false when it is heard again. */
  readonly onChange: (silent: boolean) => void;
}

/** Silence is counted in so many looks. */
const LOOKS = 15;

/**
 * Notices that a process gives no sign of life. Silence is counted in looks rather than by the clock: after the whole
 * machine has slept, the clock says that an hour has passed, and nobody was silent.
 */
export class LifeWatch {
  readonly #options: LifeWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #silent = false;

  constructor(options: LifeWatchOptions) {
    this.#options = options;
  }

  get silent(): boolean {
    return this.#silent;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => {
      this.#looks += 1;
      if (this.#looks >= LOOKS) this.#set(true);
    }, this.#options.silentMs / LOOKS);
  }

  /** A sign of life. */
  heard(): void {
    this.#looks = 0;
    this.#set(false);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.heard();
  }

  #set(silent: boolean): void {
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.#options.onChange(silent);
  }
}
