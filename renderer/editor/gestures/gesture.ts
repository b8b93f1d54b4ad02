import type { DocumentBox } from '../../../preload/contract/project.ts';
import type { ScreenPoint, SharePoint, Viewport } from '../coordinates.ts';
import type { LayoutDocument } from '../document.ts';
import type { Mark } from '../history.ts';
import type { PointerInput } from '../input.ts';
import type { Selection } from '../selection.ts';
import type { EditorState, GestureKind } from '../state.ts';

/**
 * One drag from press to release as a state of a state machine (tldraw's tools are built like this).
 * The editor calls onEnter once, onPointerMove for every move and every change of a modifier, then exactly
 * one of onComplete and onCancel. onCancel leaves everything exactly as it was before onEnter.
 */
export interface Gesture {
  readonly kind: GestureKind;
  readonly cursor: string;
  onEnter(): void;
  onPointerMove(input: PointerInput): void;
  onComplete(input: PointerInput): void;
  onCancel(): void;
}

/** What a gesture may do to the editor. */
export interface GestureContext {
  getSnapshot(): EditorState;
  toShare(point: ScreenPoint): SharePoint;
  /** Opens an undo step. */
  mark(label: string): Mark;
  commit(mark: Mark): void;
  bailToMark(mark: Mark): void;
  /** Replaces the document within the open step. */
  update(document: LayoutDocument, selection?: Selection): void;
  select(selection: Selection): void;
  /** What the gesture shows beside the document. */
  show(patch: Partial<Pick<EditorState, 'draft' | 'guides'>>): void;
  setViewport(viewport: Viewport, fitted?: boolean): void;
  /** Hands the drag over to another gesture, as a press becomes a move. */
  transition(next: Gesture, input: PointerInput): void;
  startEditing(id: string): void;
  /** A new box with an id and a colour of its own; it is not in the document yet. */
  newBox(box: DocumentBox['box']): DocumentBox;
}

/** A shortest way that counts as a drag, in screen pixels. */
export function dragThreshold(input: PointerInput): number {
  return input.pointerType === 'mouse' ? 3 : 8;
}
