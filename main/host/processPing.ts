import { randomUUID } from 'node:crypto';
import { LifeWatch } from './lifeWatch.ts';
import type { EngineProcess } from './spawner.ts';

/** Asks a process whether it answers, one question at a time. */
export class ProcessPing {
  readonly #limits: { readonly silentMs: number; readonly lateMs: number };
  #open: { readonly id: string; readonly answer: (lives: boolean) => void } | null = null;

  /**
   * @param limits.silentMs silence after which it counts as stopped
   * @param limits.lateMs how long an answer may take although there are signs of life (the process may be busy)
   */
  constructor(limits: { readonly silentMs: number; readonly lateMs: number }) {
    this.#limits = limits;
  }

  get pending(): boolean {
    return this.#open !== null;
  }

  /** @returns whether it has answered; false as well when it is asked again or given up meanwhile */
  ask(process: EngineProcess): Promise<boolean> {
    this.end();
    return new Promise((resolve) => {
      const answer = (lives: boolean): void => {
        if (this.#open !== open) return;
        this.#open = null;
        clearTimeout(late);
        watch.stop();
        resolve(lives);
      };
      const open = { id: randomUUID(), answer };
      const watch = new LifeWatch({
        silentMs: this.#limits.silentMs,
        onChange: (silent) => {
          if (silent) answer(false);
        },
      });
      const late = setTimeout(() => answer(false), this.#limits.lateMs);
      this.#open = open;
      process.onSign?.(() => {
        if (this.#open === open) watch.heard();
      });
      watch.start();
      process.send({ type: 'ping', pingId: open.id });
    });
  }

  /** The answer of a process. */
  pong(id: string): void {
    if (this.#open?.id === id) this.#open.answer(true);
  }

  /** Nobody waits for the answer any more, or none can come. */
  end(): void {
    this.#open?.answer(false);
  }
}
