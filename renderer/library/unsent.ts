import { z } from 'zod';
import { documentSchema } from '../../preload/contract/project.ts';
import type { LayoutDocument } from '../editor/document.ts';

/**
 * What was drawn while the studio could not be reached, kept in the browser: the studio may come back as another process that
 * lets this page in no more, and the page that replaces it finds it here.
 */
const KEY = 'isac-studio-unsent';

const unsentSchema = z.strictObject({ path: z.string(), document: documentSchema });

/** Keeps the document of the project at a path; an earlier one makes room. */
export function keepUnsent(path: string, document: LayoutDocument): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ path, document }));
  } catch {
    // The browser keeps nothing for this page: what is on the canvas is still there.
  }
}

/** It has reached the studio. */
export function forgetUnsent(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // As above.
  }
}

/** What was kept for the project at a path; null when nothing was, or nothing that can be read. */
export function unsentOf(path: string): LayoutDocument | null {
  try {
    const kept = unsentSchema.safeParse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
    return kept.success && kept.data.path === path ? kept.data.document : null;
  } catch {
    return null;
  }
}
