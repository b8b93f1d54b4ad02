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
 *   editor.setReadOnly(on)                     while on, changes are refused with a notice; looking and selecting go on
 *
 * ## Selection and phrases
 *   editor.select(ids), editor.startEditing(id), editor.typePhrase(text), editor.stopEditing('keep' | 'discard')
 *
 * ## View
 *   setCanvasSize, zoomBy(factor, anchor?), zoomTo(zoom, anchor?), fit(), setTool, setSnapping, notify(message), fitted(text, max)
 *
 * ## Input (renderer/canvas forwards it)
 *   pointerDown/Move/Up/Leave, cancelGesture, setModifiers, setSpace, wheel
 *
 * ## Beside it
 *   commands/registry.ts   CommandRegistry: register, all, byId, find(key), conflicts are refused
 *   commands/standard.ts   standardCommands: every command of the editor, to be registered; sizes.ts: size presets
 *   commands/keyboard.ts   handleKeyDown / handleKeyUp: a key event to a command
 *   clipboard.ts           encodeBoxes, decodeBoxes; the system clipboard is a ClipboardPort given to Editor
 *   layoutIO.ts   layout file, request <-> document
 *   hardness.ts            OverLayScore and the pair that makes it
 *   strings.ts             English and Korean for every key used here
 */
import type { DocumentBox } from '../../preload/contract/project.ts';
import { MemoryClipboard } from './clipboardPort.ts';
import type { ClipboardPort } from './clipboardPort.ts';
import { centred, fitViewport, panBy, screenPoint, screenToShare, zoomAt } from './coordinates.ts';
import type { ScreenPoint, SharePoint, Size, Viewport } from './coordinates.ts';
import {
  MAX_PHRASE,
  boxById,
  freshId,
  leastUsedColour,
  setPhrase,
  sizeOf,
  withMadeCaption,
} from './document.ts';
import type { LayoutDocument } from './document.ts';
import { EditorSteps, FIT_MARGIN } from './editorSteps.ts';
import type { Undoable } from './editorSteps.ts';
import type { Modifiers, PointerInput, WheelInput } from './input.ts';
import { PointerMachine } from './pointer.ts';
import type { PointerHost } from './pointer.ts';
import { existing } from './selection.ts';
import type { Selection } from './selection.ts';
import type { EditorState, Tool } from './state.ts';

export interface EditorOptions {
  readonly document: LayoutDocument;
  readonly clipboard?: ClipboardPort;
}

export class Editor extends EditorSteps implements PointerHost {
  readonly clipboard: ClipboardPort;
  readonly #pointer: PointerMachine;
  #lastNumber = 0;

  constructor(options: EditorOptions) {
    super(options.document);
    this.clipboard = options.clipboard ?? new MemoryClipboard();
    this.#pointer = new PointerMachine(this);
  }

  /** Takes back the last step; during a drag only the drag. */
  undo(): void {
    this.#travel(() => this.history.undo());
  }

  redo(): void {
    this.#travel(() => this.history.redo());
  }

  /** Opens another document: nothing of the old one can be undone. */
  load(document: LayoutDocument): void {
    this.batch(() => {
      this.#pointer.cancel();
      this.forgetHeld();
      this.#lastNumber = 0;
      this.history.reset({ document: withMadeCaption(document), selection: [] });
      this.patch({ editing: null, hover: null });
      this.publish();
      this.fit();
    });
  }

  // ---- selection and phrases ----

  select(selection: Selection): void {
    const { document, selection: before } = this.history.present;
    const next = existing(document, selection);
    if (next.length !== before.length || next.some((id, index) => id !== before[index])) {
      this.history.set({ document, selection: next });
      this.publish();
    }
  }

  /** Opens the phrase of a box for editing in place. */
  startEditing(id: string): void {
    this.batch(() => {
      this.settle();
      const box = boxById(this.getSnapshot().document, id);
      if (box !== undefined && !box.hidden) {
        this.select([id]);
        this.patch({ editing: id });
      }
    });
  }

  /** The phrase as typed so far; one undo step until editing stops. */
  typePhrase(text: string): void {
    const id = this.getSnapshot().editing;
    if (id !== null) {
      const phrase = this.fitted(text, MAX_PHRASE);
      this.hold(`phrase:${id}`, 'step.phrase', (document) => setPhrase(document, id, phrase));
    }
  }

  stopEditing(how: 'keep' | 'discard'): void {
    this.batch(() => {
      const id = this.getSnapshot().editing;
      if (id === null) {
        return;
      }
      this.patch({ editing: null });
      if (how === 'discard') {
        if (this.holding === `phrase:${id}`) {
          this.abandon();
        }
      } else if (this.holding === `phrase:${id}`) {
        const typed = boxById(this.getSnapshot().document, id)?.phrase ?? '';
        this.hold(`phrase:${id}`, 'step.phrase', (document) => setPhrase(document, id, typed.trim()));
        this.release();
      }
    });
  }

  // ---- view ----

  setTool(tool: Tool): void {
    this.batch(() => {
      this.settle();
      this.patch({ tool, cursor: tool === 'draw' ? 'crosshair' : 'default' });
    });
  }

  setSnapping(snapping: boolean): void {
    this.patch({ snapping });
  }

  setCanvasSize(canvas: Size): void {
    this.batch(() => {
      this.patch({ canvas });
      if (this.getSnapshot().fitted) {
        this.fit();
      }
    });
  }

  setViewport(viewport: Viewport, fitted = false): void {
    this.patch({ viewport, fitted });
  }

  zoomBy(factor: number, anchor?: ScreenPoint): void {
    this.zoomTo(this.getSnapshot().viewport.zoom * factor, anchor);
  }

  /** Screen pixels per image pixel; the anchor (or the middle of the canvas) stays where it is. */
  zoomTo(zoom: number, anchor?: ScreenPoint): void {
    const { canvas, viewport } = this.getSnapshot();
    this.setViewport(zoomAt(viewport, anchor ?? screenPoint(canvas.width / 2, canvas.height / 2), zoom));
  }

  /** The whole image in the middle; it stays fitted when the canvas changes its size. */
  fit(): void {
    const { canvas, document } = this.getSnapshot();
    this.setViewport(fitViewport(canvas, sizeOf(document), FIT_MARGIN), true);
  }

  /** The image in the middle at one screen pixel per image pixel. */
  actualSize(): void {
    const { canvas, document } = this.getSnapshot();
    this.setViewport(centred(canvas, sizeOf(document), 1));
  }

  // ---- input ----

  pointerDown(input: PointerInput): void {
    this.batch(() => this.#pointer.down(input));
  }

  pointerMove(input: PointerInput): void {
    this.batch(() => this.#pointer.move(input));
  }

  pointerUp(input: PointerInput): void {
    this.batch(() => this.#pointer.up(input));
  }

  pointerLeave(): void {
    this.batch(() => this.#pointer.leave());
  }

  /** Restores what was before the press; false when no gesture is going on. */
  cancelGesture(): boolean {
    return this.batch(() => this.#pointer.cancel());
  }

  setModifiers(modifiers: Modifiers): void {
    this.batch(() => this.#pointer.setModifiers(modifiers));
  }

  setSpace(down: boolean): void {
    this.batch(() => this.#pointer.setSpace(down));
  }

  /** Zooms to the pointer; pans when scrolled sideways or with Shift. */
  wheel(input: WheelInput): void {
    const { dx, dy, modifiers } = input;
    const sideways = Math.abs(dx) > Math.abs(dy) && !modifiers.mod;
    if (sideways || modifiers.shift) {
      const along = sideways ? dx : dy;
      this.setViewport(panBy(this.getSnapshot().viewport, -along, sideways ? -dy : 0));
    } else {
      // A pinch sends small deltas, a mouse wheel about 100 per notch.
      const speed = modifiers.mod && Math.abs(dy) < 40 ? 0.01 : 0.0015;
      this.zoomBy(Math.exp(-dy * speed), input.point);
    }
  }

  // ---- for gestures and commands ----

  toShare(point: ScreenPoint): SharePoint {
    return screenToShare(point, this.getSnapshot().viewport, sizeOf(this.getSnapshot().document));
  }

  show(patch: Partial<Pick<EditorState, 'draft' | 'guides'>>): void {
    this.patch(patch);
  }

  /** A new box with the least used colour and an id that no box has had since the document was loaded. */
  newBox(box: DocumentBox['box']): DocumentBox {
    return this.newBoxIn(this.history.present.document, box, '');
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
    this.batch(() => {
      this.#pointer.complete();
      this.stopEditing('keep');
      this.release();
    });
  }

  protected beforeHold(key: string): void {
    this.#pointer.complete();
    if (key !== `phrase:${this.getSnapshot().editing ?? ''}`) {
      this.stopEditing('keep');
    }
  }

  #travel(step: () => Undoable | null): void {
    this.batch(() => {
      if (this.#pointer.cancel() || !this.mayChange()) {
        return;
      }
      this.settle();
      if (step() !== null) {
        this.patch({ hover: null });
        this.publish();
      }
    });
  }
}
