import { MAX_COMPARED } from '../../preload/contract/engine.ts';
import { phrasePair, unknownPhrases } from '../editor/hardness.ts';
import type { Studio } from '../ui/studio.ts';

/** Phrases are asked about once they have stayed the same for so long, in milliseconds. */
const PAUSE = 600;

/**
 * Asks the engine how alike the phrases of overlapping boxes are, when they have changed and nothing runs. Until it
 * answers, and where it cannot, their words stand in (similarityOf).
 */
export class Likeness {
  readonly #studio: Pick<Studio, 'api' | 'editor' | 'store'>;
  #model = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  /** What was asked for in vain; not again before a job has ended. */
  #refused = '';
  #busy = false;
  #seen: readonly unknown[] = [];

  constructor(studio: Pick<Studio, 'api' | 'editor' | 'store'>) {
    this.#studio = studio;
  }

  watch(): void {
    this.#studio.editor.subscribe(() => this.#look());
    this.#studio.store.subscribe(() => this.#look());
  }

  #look(): void {
    const { settled, editing } = this.#studio.editor.getSnapshot();
    const { jobs, connection, boot, cosines } = this.#studio.store.getState();
    const seen = [settled, editing, jobs, connection, boot, cosines];
    if (seen.every((value, at) => value === this.#seen[at])) {
      return;
    }
    this.#seen = seen;
    const { model } = settled.settings;
    if (model !== this.#model) {
      this.#model = model;
      this.#refused = '';
      if (cosines.size > 0) {
        this.#studio.store.setState({ cosines: new Map() });
      }
    }
    if (this.#busy && jobs.length === 0) {
      this.#refused = '';
    }
    this.#busy = jobs.length > 0;
    clearTimeout(this.#timer);
    const idle = !this.#busy && connection === 'connected' && boot === 'open' && editing === null;
    if (idle && !this.#asking) {
      this.#timer = setTimeout(() => void this.#ask(), PAUSE);
    }
  }

  async #ask(): Promise<void> {
    const { settled } = this.#studio.editor.getSnapshot();
    const { model, device } = settled.settings;
    const { cosines } = this.#studio.store.getState();
    const phrases = unknownPhrases(settled, cosines).slice(0, MAX_COMPARED);
    const question = JSON.stringify([model, phrases]);
    if (phrases.length < 2 || question === this.#refused) {
      return;
    }
    this.#asking = true;
    const answer = await this.#studio.api
      .call('phrases.compare', { model, device, phrases })
      // A badge is not worth a message: the words go on standing in.
      .catch(() => null);
    this.#asking = false;
    if (answer === null) {
      this.#refused = question;
    } else if (model === this.#model) {
      const next = new Map(this.#studio.store.getState().cosines);
      phrases.forEach((a, i) =>
        phrases.slice(i + 1).forEach((b, offset) => {
          next.set(phrasePair(a, b), answer[i]?.[i + 1 + offset] ?? 0);
        }),
      );
      this.#studio.store.setState({ cosines: next });
    }
    // What has changed meanwhile.
    this.#seen = [];
    this.#look();
  }
}
