import { MAX_DOCUMENT_BOXES } from '../../preload/contract/project.ts';
import { fitViewport } from './coordinates.ts';
import { deepEqual } from './deepEqual.ts';
import { sizeOf, withMadeCaption } from './document.ts';
import type { LayoutDocument } from './document.ts';
import { History } from './history.ts';
import type { Mark } from './history.ts';
import { message } from './message.ts';
import type { Message } from './message.ts';
import { existing } from './selection.ts';
import type { Selection } from './selection.ts';
import type { EditorState } from './state.ts';

export interface Undoable {
  readonly document: LayoutDocument;
  readonly selection: Selection;
}

interface Held {
  readonly key: string;
  readonly mark: Mark;
}

/** Screen pixels around the image when it is fitted. */
export const FIT_MARGIN = 32;

/**
 * The editor's state and its steps: what changes the document goes through here, so that it can be undone and listeners
 * hear of it once. What a step is made by (gestures, phrases, the view) is editor.ts.
 */
export abstract class EditorSteps {
  protected readonly history: History<Undoable>;
  readonly #listeners = new Set<() => void>();
  #state: EditorState;
  #held: Held | null = null;
  #readOnly = false;
  #depth = 0;
  #stale = false;

  constructor(opened: LayoutDocument) {
    const document = withMadeCaption(opened);
    this.history = new History<Undoable>({ document, selection: [] }, (a, b) =>
      deepEqual(a.document, b.document),
    );
    this.#state = initialState(document);
  }

  readonly getSnapshot = (): EditorState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Finishes the drag, the held step and the phrase that are going on. */
  abstract settle(): void;

  abstract fit(): void;

  /** Finishes what goes on before a step is held: a drag, and the typing of a phrase unless that is what is held. */
  protected abstract beforeHold(key: string): void;

  /** One undo step. A drag or a held step that is going on is finished first. */
  edit(
    label: string,
    change: (document: LayoutDocument) => LayoutDocument,
    selection?: (document: LayoutDocument) => Selection,
  ): void {
    this.batch(() => {
      this.settle();
      const mark = this.history.mark(label);
      const document = change(this.history.present.document);
      this.update(document, selection?.(document));
      this.commit(mark);
    });
  }

  /** Part of a step that goes on until `release`, another hold key, or anything else that makes a step. */
  hold(key: string, label: string, change: (document: LayoutDocument) => LayoutDocument): void {
    this.batch(() => {
      if (this.#held?.key !== key) {
        this.beforeHold(key);
        this.release();
        this.#held = { key, mark: this.history.mark(label) };
      }
      this.update(change(this.history.present.document));
    });
  }

  /** Ends the held step. */
  release(): void {
    const held = this.#held;
    if (held !== null) {
      this.#held = null;
      this.commit(held.mark);
    }
  }

  /** Takes the held step back. */
  abandon(): void {
    const held = this.#held;
    if (held !== null) {
      this.#held = null;
      this.bailToMark(held.mark);
    }
  }

  /** Whether the document may change: not while it belongs to another window. What is going on ends as it is. */
  setReadOnly(readOnly: boolean): void {
    this.settle();
    this.#readOnly = readOnly;
  }

  /** Whether a change may be made; that it may not is told. */
  protected mayChange(): boolean {
    if (this.#readOnly) {
      this.notify(message('notice.readOnly'));
    }
    return !this.#readOnly;
  }

  mark(label: string): Mark {
    return this.history.mark(label);
  }

  commit(mark: Mark): void {
    this.history.commit(mark);
    this.publish();
  }

  bailToMark(mark: Mark): void {
    this.history.bailToMark(mark);
    this.publish();
  }

  /** Replaces the document within the open step. */
  update(document: LayoutDocument, selection?: Selection): void {
    const present = this.history.present;
    if (document !== present.document && !this.mayChange()) {
      return;
    }
    if (document.boxes.length > MAX_DOCUMENT_BOXES && document.boxes.length > present.document.boxes.length) {
      this.notify(message('notice.tooManyBoxes', { max: MAX_DOCUMENT_BOXES }));
      return;
    }
    const made = withMadeCaption(document, present.document);
    const kept = selection ?? present.selection;
    this.history.set({
      document: made,
      selection: made.boxes === present.document.boxes ? kept : existing(made, kept),
    });
    this.publish();
  }

  notify(notice: Message): void {
    this.patch({ notice: { ...notice, serial: (this.#state.notice?.serial ?? 0) + 1 } });
  }

  /** A text as far as there is room for it; that the rest is left out is told. */
  fitted(text: string, max: number): string {
    if (text.length <= max) {
      return text;
    }
    this.notify(message('notice.textTooLong', { max }));
    return text.slice(0, max);
  }

  patch(patch: Partial<EditorState>): void {
    const keys = Object.keys(patch) as (keyof EditorState)[];
    if (keys.some((key) => !Object.is(patch[key], this.#state[key]))) {
      this.#state = { ...this.#state, ...patch };
      this.#emit();
    }
  }

  /** The key of the step that is held, if any. */
  protected get holding(): string | null {
    return this.#held?.key ?? null;
  }

  /** Lets go of the held step without making it one: its document is gone. */
  protected forgetHeld(): void {
    this.#held = null;
  }

  /** Brings the state up to the history. */
  protected publish(): void {
    const { document, selection } = this.history.present;
    const resized =
      document.width !== this.#state.document.width || document.height !== this.#state.document.height;
    const held = this.#held !== null && this.history.settled.document !== document ? this.#held : null;
    this.batch(() => {
      this.patch({
        document,
        selection,
        // A held step is typing or a slider: worth saving as it goes, unlike the middle of a drag.
        settled: this.#held === null ? this.history.settled.document : document,
        undoLabel: held?.mark.label ?? this.history.undoLabel,
        redoLabel: held === null ? this.history.redoLabel : null,
      });
      if (resized && this.#state.fitted) {
        this.fit();
      }
    });
  }

  /** Listeners hear once of everything that one input changed. */
  protected batch<R>(work: () => R): R {
    this.#depth += 1;
    try {
      return work();
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0 && this.#stale) {
        this.#emit();
      }
    }
  }

  #emit(): void {
    this.#stale = this.#depth > 0;
    if (!this.#stale) {
      for (const listener of [...this.#listeners]) {
        listener();
      }
    }
  }
}

function initialState(document: LayoutDocument): EditorState {
  const canvas = { width: 800, height: 600 };
  return {
    document,
    settled: document,
    selection: [],
    tool: 'draw',
    snapping: true,
    editing: null,
    hover: null,
    gesture: null,
    draft: null,
    guides: [],
    cursor: 'crosshair',
    viewport: fitViewport(canvas, sizeOf(document), FIT_MARGIN),
    canvas,
    fitted: true,
    undoLabel: null,
    redoLabel: null,
    notice: null,
  };
}
