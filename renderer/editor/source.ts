import type { Source } from '../../preload/contract/source.ts';
import { visibleBoxes } from './document.ts';
import type { LayoutDocument } from './document.ts';

/** The picture that the next runs begin with; null: they begin with noise. */
export function setSource(document: LayoutDocument, source: Source | null): LayoutDocument {
  const settings = { ...document.settings };
  delete settings.source;
  return { ...document, settings: source === null ? settings : { ...settings, source } };
}

/** The source as a request may name it: of the boxes to repaint only those that are in the request, too. */
export function requestSource(document: LayoutDocument): Source | undefined {
  const { source } = document.settings;
  if (source === undefined || source.repaint === null) {
    return source;
  }
  const visible = new Set(visibleBoxes(document).map(({ id }) => id));
  const boxes = source.repaint.boxes.filter((id) => visible.has(id));
  return { ...source, repaint: { ...source.repaint, boxes } };
}

/** Whether there is nothing left to repaint: the boxes were deleted or hidden, and no mask was kept of them. */
export function nothingToRepaint(document: LayoutDocument): boolean {
  const repaint = requestSource(document)?.repaint ?? null;
  return repaint !== null && repaint.boxes.length === 0 && repaint.masks.length === 0;
}
