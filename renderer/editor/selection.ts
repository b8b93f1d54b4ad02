import type { DocumentBox } from '../../preload/contract/project.ts';
import type { LayoutDocument } from './document.ts';

/** Ids of the selected boxes in the order they were selected; the last is the one commands speak of. */
export type Selection = readonly string[];

/** The ids without those that the document does not have, each once. */
export function existing(document: LayoutDocument, ids: readonly string[]): Selection {
  const known = new Set(document.boxes.map(({ id }) => id));
  return [...new Set(ids)].filter((id) => known.has(id));
}

export function toggled(selection: Selection, id: string): Selection {
  return selection.includes(id) ? selection.filter((other) => other !== id) : [...selection, id];
}

/** The selected boxes from the bottom to the top. */
export function selectedBoxes(document: LayoutDocument, selection: Selection): DocumentBox[] {
  const chosen = new Set(selection);
  return document.boxes.filter(({ id }) => chosen.has(id));
}

/** Those that may be moved and resized: locked and hidden ones may not. */
export function movableBoxes(document: LayoutDocument, selection: Selection): DocumentBox[] {
  return selectedBoxes(document, selection).filter(({ locked, hidden }) => !locked && !hidden);
}

/** The box after (or before) the selected one, from the bottom to the top and around; hidden ones are passed. */
export function neighbour(document: LayoutDocument, selection: Selection, step: 1 | -1): string | null {
  const boxes = document.boxes.filter(({ hidden }) => !hidden);
  if (boxes.length === 0) {
    return null;
  }
  const current = boxes.findIndex(({ id }) => id === selection.at(-1));
  const start = current === -1 && step === -1 ? 0 : current;
  return boxes[(start + step + boxes.length) % boxes.length]?.id ?? null;
}
