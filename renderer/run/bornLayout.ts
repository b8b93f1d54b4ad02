import { visibleBoxes } from '../editor/document.ts';
import { addMaskBoxes, bornInstances } from '../editor/masksToBoxes.ts';
import type { Studio } from '../ui/studio.ts';

/** The instances that the shown result was born with, as long as the canvas is empty. */
export function suggestedInstances(studio: Studio): ReturnType<typeof bornInstances> {
  const { shown, loaded } = studio.state;
  const result = shown === null ? undefined : loaded[shown]?.view.result;
  const empty = visibleBoxes(studio.editor.getSnapshot().document).length === 0;
  return result === undefined || !empty ? [] : bornInstances(result);
}

/** A layout out of the shown result's masks, as one undo step. */
export function turnMasksIntoBoxes(studio: Studio): void {
  const { shown, loaded } = studio.state;
  const result = shown === null ? undefined : loaded[shown]?.view.result;
  const found = suggestedInstances(studio);
  if (result === undefined || found.length === 0) {
    return;
  }
  const before = new Set(studio.editor.getSnapshot().document.boxes.map(({ id }) => id));
  studio.editor.edit(
    'step.masksToBoxes',
    (document) => addMaskBoxes(document, found, result.request),
    (document) => document.boxes.map(({ id }) => id).filter((id) => !before.has(id)),
  );
}
