import { documentSchema } from '../../preload/contract/project.ts';
import type { LayoutDocument } from '../editor/document.ts';

/**
 * What was drawn while the studio could not be reached, kept in the browser: the studio may come back as another process that
 * lets this page in no more, and the page that replaces it finds it here.
 */
const keyOf = (path: string): string => `isac-studio-unsent ${path}`;

/** Keeps the document of the project at a path; an earlier one of it makes room. */
export function keepUnsent(path: string, document: LayoutDocument): void {
  try {
    localStorage.setItem(keyOf(path), JSON.stringify(document));
  } catch {
    // The browser keeps nothing for this page: what is on the canvas is still there.
  }
}

/** What was drawn in the project at a path has reached the studio. */
export function forgetUnsent(path: string): void {
  try {
    localStorage.removeItem(keyOf(path));
  } catch {
    // As above.
  }
}

/** What was kept for the project at a path; null when nothing was, or nothing that can be read. */
export function unsentOf(path: string): LayoutDocument | null {
  try {
    const kept = documentSchema.safeParse(JSON.parse(localStorage.getItem(keyOf(path)) ?? 'null'));
    return kept.success ? kept.data : null;
  } catch {
    return null;
  }
}
