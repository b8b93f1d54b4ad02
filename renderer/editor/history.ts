/**
 * Undo and redo without limit, as immutable snapshots that share their parts.
 * A step is whatever happens between `mark` and `commit`: a whole drag, a held key, one command. Marks
 * nest; the outermost decides. `bailToMark` restores what was there when the mark was made, redo included.
 */
export interface Mark {
  readonly label: string;
  readonly depth: number;
}

interface OpenMark<T> {
  readonly mark: Mark;
  readonly value: T;
}

interface Step<T> {
  readonly label: string;
  readonly before: T;
  readonly after: T;
}

export class History<T> {
  readonly #same: (a: T, b: T) => boolean;
  readonly #past: Step<T>[] = [];
  readonly #future: Step<T>[] = [];
  readonly #open: OpenMark<T>[] = [];
  #present: T;

  /** @param same true when nothing between two snapshots is worth a step */
  constructor(present: T, same: (a: T, b: T) => boolean) {
    this.#present = present;
    this.#same = same;
  }

  get present(): T {
    return this.#present;
  }

  /** The snapshot of the last finished step: what is safe to save while a drag goes on. */
  get settled(): T {
    return this.#open[0]?.value ?? this.#present;
  }

  get undoLabel(): string | null {
    return this.#past.at(-1)?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.#future.at(-1)?.label ?? null;
  }

  get steps(): number {
    return this.#past.length;
  }

  /** Replaces the present without making a step of its own: within a mark, or for what is not undone. */
  set(value: T): void {
    this.#present = value;
  }

  mark(label: string): Mark {
    const mark = { label, depth: this.#open.length };
    this.#open.push({ mark, value: this.#present });
    return mark;
  }

  /** Ends a mark and those inside it; returns whether a step was made. */
  commit(mark: Mark): boolean {
    const open = this.#close(mark);
    if (open === undefined || mark.depth > 0) {
      return false;
    }
    if (this.#same(open.value, this.#present)) {
      return false;
    }
    this.#past.push({ label: mark.label, before: open.value, after: this.#present });
    this.#future.length = 0;
    return true;
  }

  /** Ends a mark and restores exactly what was there before it. */
  bailToMark(mark: Mark): void {
    const open = this.#close(mark);
    if (open !== undefined) {
      this.#present = open.value;
    }
  }

  /** Takes back the last step; null when there is none or one is being made. */
  undo(): T | null {
    const step = this.#open.length === 0 ? this.#past.pop() : undefined;
    if (step === undefined) {
      return null;
    }
    this.#future.push(step);
    this.#present = step.before;
    return step.before;
  }

  redo(): T | null {
    const step = this.#open.length === 0 ? this.#future.pop() : undefined;
    if (step === undefined) {
      return null;
    }
    this.#past.push(step);
    this.#present = step.after;
    return step.after;
  }

  /** Another document: no steps, no marks. */
  reset(present: T): void {
    this.#past.length = 0;
    this.#future.length = 0;
    this.#open.length = 0;
    this.#present = present;
  }

  #close(mark: Mark): OpenMark<T> | undefined {
    const open = this.#open[mark.depth];
    if (open?.mark !== mark) {
      return undefined;
    }
    this.#open.length = mark.depth;
    return open;
  }
}
