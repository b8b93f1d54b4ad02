/**
 * The editor, headless: one object that holds the document, the selection and the view, and changes them
 * only by gestures, commands and the methods below. No React, no Konva, no DOM.
 *
 * ## Reading
 *   editor.getSnapshot(): EditorState          immutable (state.ts); the same object until something changes
 *   editor.subscribe(listener): () => void     both are bound: useSyncExternalStore(editor.subscribe, editor.getSnapshot)
 *   state.document   live, also during a drag; state.settled  without an unfinished drag (autosave, heavy panels)
 *
 * ## Changing the document (every change of it can be undone, settings included)
 *   editor.edit(label, change, selection?)     one undo step; label is a key of the string catalogue ('step.settings')
 *   editor.hold(key, label, change)            steps of one slider drag, held key or text field are one step:
 *                                              call it per input event, editor.release() on pointerup / keyup / blur
 *   editor.release() / editor.abandon()        ends the held step / takes it back (Escape in a field)
 *   `change` maps a LayoutDocument to a new one; document.ts has the functions: setPhrase, setColour, setLocked,
 *   setHidden, setBound, restack, moveToIndex, setCaption, remakeCaption, setNegative, setSize, updateSettings,
 *   updateIsac, advanceSeed, addBoxes, removeBoxes, placeBoxes. A caption that is not edited follows the boxes by itself.
 *   editor.undo(), editor.redo(), editor.load(document)   load starts a new history
 *
 * ## Selection and phrases
 *   editor.select(ids), editor.startEditing(id), editor.typePhrase(text), editor.stopEditing('keep' | 'discard')
 *
 * ## View
 *   setCanvasSize, zoomBy(factor, anchor?), zoomTo(zoom, anchor?), fit(), setTool, setSnapping, notify(message)
 *
 * ## Input (renderer/canvas forwards it)
 *   pointerDown/Move/Up/Leave, cancelGesture, setModifiers, setSpace, wheel
 *
 * ## Beside it
 *   commands/registry.ts   CommandRegistry: register, all, byId, find(key), conflicts are refused
 *   commands/standard.ts   standardCommands: every command of the editor, to be registered; sizes.ts: size presets
 *   commands/keyboard.ts   handleKeyDown / handleKeyUp: a key event to a command
 *   clipboard.ts           encodeBoxes, decodeBoxes; the system clipboard is a ClipboardPort given to Editor
 *   layoutIO.ts, coco.ts   layout file, request, COCO annotations <-> document
 *   hardness.ts            OverLayScore and the pair that makes it
 *   strings.ts             English and Korean for every key used here
 */
import { MAX_DOCUMENT_BOXES } from '../../preload/contract/project.ts';
import type { DocumentBox } from '../../preload/contract/project.ts';
import { MemoryClipboard } from './clipboardPort.ts';
import type { ClipboardPort } from './clipboardPort.ts';
import { centred, fitViewport, panBy, screenPoint, screenToShare, zoomAt } from './coordinates.ts';
import type { ScreenPoint, SharePoint, Size, Viewport } from './coordinates.ts';
import { deepEqual } from './deepEqual.ts';
import { boxById, freshId, leastUsedColour, setPhrase, sizeOf, withMadeCaption } from './document.ts';
import type { LayoutDocument } from './document.ts';
import { History } from './history.ts';
import type { Mark } from './history.ts';
import type { Modifiers, PointerInput, WheelInput } from './input.ts';
import { message } from './message.ts';
import type { Message } from './message.ts';
import { PointerMachine } from './pointer.ts';
import type { PointerHost } from './pointer.ts';
import { existing } from './selection.ts';
import type { Selection } from './selection.ts';
import type { EditorState, Tool } from './state.ts';

export interface EditorOptions {
  readonly document: LayoutDocument;
  readonly clipboard?: ClipboardPort;
}

interface Undoable {
  readonly document: LayoutDocument;
  readonly selection: Selection;
}

interface Held {
  readonly key: string;
  readonly mark: Mark;
}

/** Screen pixels around the image when it is fitted. */
const FIT_MARGIN = 32;

export class Editor implements PointerHost {
  readonly clipboard: ClipboardPort;
  readonly #history: History<Undoable>;
  readonly #pointer: PointerMachine;
  readonly #listeners = new Set<() => void>();
  #state: EditorState;
  #held: Held | null = null;
  #depth = 0;
  #stale = false;
  #lastNumber = 0;

  constructor(options: EditorOptions) {
    const document = withMadeCaption(options.document);
    this.clipboard = options.clipboard ?? new MemoryClipboard();
    this.#history = new History<Undoable>({ document, selection: [] }, (a, b) =>
      deepEqual(a.document, b.document),
    );
    this.#state = initialState(document);
    this.#pointer = new PointerMachine(this);
  }

  readonly getSnapshot = (): EditorState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // ---- document ----

  /** One undo step. A drag or a held step that is going on is finished first. */
  edit(
    label: string,
    change: (document: LayoutDocument) => LayoutDocument,
    selection?: (document: LayoutDocument) => Selection,
  ): void {
    this.#batch(() => {
      this.settle();
      const mark = this.#history.mark(label);
      const document = change(this.#history.present.document);
      this.update(document, selection?.(document));
      this.commit(mark);
    });
  }

  /** Part of a step that goes on until `release`, another hold key, or anything else that makes a step. */
  hold(key: string, label: string, change: (document: LayoutDocument) => LayoutDocument): void {
    this.#batch(() => {
      if (this.#held?.key !== key) {
        this.#pointer.complete();
        if (key !== `phrase:${this.#state.editing ?? ''}`) {
          this.stopEditing('keep');
        }
        this.release();
        this.#held = { key, mark: this.#history.mark(label) };
      }
      this.update(change(this.#history.present.document));
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

  /** Takes back the last step; during a drag only the drag. */
  undo(): void {
    this.#travel(() => this.#history.undo());
  }

  redo(): void {
    this.#travel(() => this.#history.redo());
  }

  /** Opens another document: nothing of the old one can be undone. */
  load(document: LayoutDocument): void {
    this.#batch(() => {
      this.#pointer.cancel();
      this.#held = null;
      this.#lastNumber = 0;
      this.#history.reset({ document: withMadeCaption(document), selection: [] });
      this.patch({ editing: null, hover: null });
      this.#publish();
      this.fit();
    });
  }

  // ---- selection and phrases ----

  select(selection: Selection): void {
    const { document, selection: before } = this.#history.present;
    const next = existing(document, selection);
    if (next.length !== before.length || next.some((id, index) => id !== before[index])) {
      this.#history.set({ document, selection: next });
      this.#publish();
    }
  }

  /** Opens the phrase of a box for editing in place. */
  startEditing(id: string): void {
    this.#batch(() => {
      this.settle();
      const box = boxById(this.#state.document, id);
      if (box !== undefined && !box.hidden) {
        this.select([id]);
        this.patch({ editing: id });
      }
    });
  }

  /** The phrase as typed so far; one undo step until editing stops. */
  typePhrase(text: string): void {
    const id = this.#state.editing;
    if (id !== null) {
      this.hold(`phrase:${id}`, 'step.phrase', (document) => setPhrase(document, id, text));
    }
  }

  stopEditing(how: 'keep' | 'discard'): void {
    this.#batch(() => {
      const id = this.#state.editing;
      if (id === null) {
        return;
      }
      this.patch({ editing: null });
      if (how === 'discard') {
        if (this.#held?.key === `phrase:${id}`) {
          this.abandon();
        }
      } else if (this.#held?.key === `phrase:${id}`) {
        const typed = boxById(this.#state.document, id)?.phrase ?? '';
        this.hold(`phrase:${id}`, 'step.phrase', (document) => setPhrase(document, id, typed.trim()));
        this.release();
      }
    });
  }

  // ---- view ----

  setTool(tool: Tool): void {
    this.#batch(() => {
      this.settle();
      this.patch({ tool, cursor: tool === 'draw' ? 'crosshair' : 'default' });
    });
  }

  setSnapping(snapping: boolean): void {
    this.patch({ snapping });
  }

  setCanvasSize(canvas: Size): void {
    this.#batch(() => {
      this.patch({ canvas });
      if (this.#state.fitted) {
        this.fit();
      }
    });
  }

  setViewport(viewport: Viewport, fitted = false): void {
    this.patch({ viewport, fitted });
  }

  zoomBy(factor: number, anchor?: ScreenPoint): void {
    this.zoomTo(this.#state.viewport.zoom * factor, anchor);
  }

  /** Screen pixels per image pixel; the anchor (or the middle of the canvas) stays where it is. */
  zoomTo(zoom: number, anchor?: ScreenPoint): void {
    const { canvas, viewport } = this.#state;
    this.setViewport(zoomAt(viewport, anchor ?? screenPoint(canvas.width / 2, canvas.height / 2), zoom));
  }

  /** The whole image in the middle; it stays fitted when the canvas changes its size. */
  fit(): void {
    const { canvas, document } = this.#state;
    this.setViewport(fitViewport(canvas, sizeOf(document), FIT_MARGIN), true);
  }

  /** The image in the middle at one screen pixel per image pixel. */
  actualSize(): void {
    const { canvas, document } = this.#state;
    this.setViewport(centred(canvas, sizeOf(document), 1));
  }

  notify(notice: Message): void {
    this.patch({ notice: { ...notice, serial: (this.#state.notice?.serial ?? 0) + 1 } });
  }

  // ---- input ----

  pointerDown(input: PointerInput): void {
    this.#batch(() => this.#pointer.down(input));
  }

  pointerMove(input: PointerInput): void {
    this.#batch(() => this.#pointer.move(input));
  }

  pointerUp(input: PointerInput): void {
    this.#batch(() => this.#pointer.up(input));
  }

  pointerLeave(): void {
    this.#batch(() => this.#pointer.leave());
  }

  /** Restores what was before the press; false when no gesture is going on. */
  cancelGesture(): boolean {
    return this.#batch(() => this.#pointer.cancel());
  }

  setModifiers(modifiers: Modifiers): void {
    this.#batch(() => this.#pointer.setModifiers(modifiers));
  }

  setSpace(down: boolean): void {
    this.#batch(() => this.#pointer.setSpace(down));
  }

  /** Zooms to the pointer; pans when scrolled sideways or with Shift. */
  wheel(input: WheelInput): void {
    const { dx, dy, modifiers } = input;
    const sideways = Math.abs(dx) > Math.abs(dy) && !modifiers.mod;
    if (sideways || modifiers.shift) {
      const along = sideways ? dx : dy;
      this.setViewport(panBy(this.#state.viewport, -along, sideways ? -dy : 0));
    } else {
      // A pinch sends small deltas, a mouse wheel about 100 per notch.
      const speed = modifiers.mod && Math.abs(dy) < 40 ? 0.01 : 0.0015;
      this.zoomBy(Math.exp(-dy * speed), input.point);
    }
  }

  // ---- for gestures and commands ----

  toShare(point: ScreenPoint): SharePoint {
    return screenToShare(point, this.#state.viewport, sizeOf(this.#state.document));
  }

  mark(label: string): Mark {
    return this.#history.mark(label);
  }

  commit(mark: Mark): void {
    this.#history.commit(mark);
    this.#publish();
  }

  bailToMark(mark: Mark): void {
    this.#history.bailToMark(mark);
    this.#publish();
  }

  /** Replaces the document within the open step. */
  update(document: LayoutDocument, selection?: Selection): void {
    const present = this.#history.present;
    if (document.boxes.length > MAX_DOCUMENT_BOXES && document.boxes.length > present.document.boxes.length) {
      this.notify(message('notice.tooManyBoxes', { max: MAX_DOCUMENT_BOXES }));
      return;
    }
    const made = withMadeCaption(document, present.document);
    const kept = selection ?? present.selection;
    this.#history.set({
      document: made,
      selection: made.boxes === present.document.boxes ? kept : existing(made, kept),
    });
    this.#publish();
  }

  show(patch: Partial<Pick<EditorState, 'draft' | 'guides'>>): void {
    this.patch(patch);
  }

  /** A new box with the least used colour and an id that no box has had since the document was loaded. */
  newBox(box: DocumentBox['box']): DocumentBox {
    return this.newBoxIn(this.#history.present.document, box, '');
  }

  /** As newBox, for a document that is being put together. */
  newBoxIn(document: LayoutDocument, box: DocumentBox['box'], phrase: string): DocumentBox {
    const { id, number } = freshId(document, this.#lastNumber);
    this.#lastNumber = number;
    return {
      id,
      phrase,
      box,
      colour: leastUsedColour(document.boxes),
      locked: false,
      hidden: false,
    };
  }

  /** Finishes the drag, the held step and the phrase that are going on. */
  settle(): void {
    this.#batch(() => {
      this.#pointer.complete();
      this.stopEditing('keep');
      this.release();
    });
  }

  patch(patch: Partial<EditorState>): void {
    const keys = Object.keys(patch) as (keyof EditorState)[];
    if (keys.some((key) => !Object.is(patch[key], this.#state[key]))) {
      this.#state = { ...this.#state, ...patch };
      this.#emit();
    }
  }

  #travel(step: () => Undoable | null): void {
    this.#batch(() => {
      if (this.#pointer.cancel()) {
        return;
      }
      this.settle();
      if (step() !== null) {
        this.patch({ hover: null });
        this.#publish();
      }
    });
  }

  /** Brings the state up to the history. */
  #publish(): void {
    const { document, selection } = this.#history.present;
    const resized =
      document.width !== this.#state.document.width || document.height !== this.#state.document.height;
    const held = this.#held !== null && this.#history.settled.document !== document ? this.#held : null;
    this.#batch(() => {
      this.patch({
        document,
        selection,
        // A held step is typing or a slider: worth saving as it goes, unlike the middle of a drag.
        settled: this.#held === null ? this.#history.settled.document : document,
        undoLabel: held?.mark.label ?? this.#history.undoLabel,
        redoLabel: held === null ? this.#history.redoLabel : null,
      });
      if (resized && this.#state.fitted) {
        this.fit();
      }
    });
  }

  /** Listeners hear once of everything that one input changed. */
  #batch<R>(work: () => R): R {
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
