import type { Box } from '../../preload/contract/layout.ts';
import type { Size, Viewport } from './coordinates.ts';
import type { LayoutDocument } from './document.ts';
import type { Guide } from './geometry/snap.ts';
import type { Message } from './message.ts';
import type { Selection } from './selection.ts';

/** draw: a drag draws a box, wherever it begins; select: it moves and resizes boxes, or draws a marquee. */
export type Tool = 'draw' | 'select';

export type GestureKind = 'pointing' | 'draw' | 'move' | 'resize' | 'marquee' | 'pan';

/** What a gesture shows that is not in the document yet. */
export interface Draft {
  readonly kind: 'draw' | 'marquee';
  readonly box: Box;
  /** Palette index that the box will have. */
  readonly colour: number;
}

/** One immutable snapshot of everything that the views show. */
export interface EditorState {
  readonly document: LayoutDocument;
  /** The document without a drag that is not finished: what to save, and what heavy panels follow. */
  readonly settled: LayoutDocument;
  readonly selection: Selection;
  readonly tool: Tool;
  /** Whether edges and centres attract each other. */
  readonly snapping: boolean;
  /** Id of the box whose phrase is being edited in place. */
  readonly editing: string | null;
  /** Id of the box under the pointer. */
  readonly hover: string | null;
  readonly gesture: GestureKind | null;
  readonly draft: Draft | null;
  readonly guides: readonly Guide[];
  /** CSS cursor of the canvas. */
  readonly cursor: string;
  readonly viewport: Viewport;
  readonly canvas: Size;
  /** The viewport follows the canvas size until the user zooms or pans. */
  readonly fitted: boolean;
  /** Keys of the labels of the steps that undo and redo would take; null when there is none. */
  readonly undoLabel: string | null;
  readonly redoLabel: string | null;
  /** One sentence for the user; `serial` differs between two equal ones. */
  readonly notice: (Message & { readonly serial: number }) | null;
}
