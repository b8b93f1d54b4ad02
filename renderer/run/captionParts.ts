import type { DocumentBox } from '../../preload/contract/project.ts';

interface BoxWords {
  readonly start: number;
  readonly end: number;
  readonly box: DocumentBox;
}

export interface CaptionPart {
  readonly start: number;
  readonly text: string;
  /** The box that these words name; null for the words between. */
  readonly box: DocumentBox | null;
}

/** The caption cut where a box's words begin and end; words that two boxes share belong to the first. */
export function captionParts(caption: string, words: readonly BoxWords[]): CaptionPart[] {
  const parts: CaptionPart[] = [];
  let at = 0;
  for (const { start, end, box } of [...words].sort((a, b) => a.start - b.start)) {
    if (start < at) {
      continue;
    }
    if (start > at) {
      parts.push({ start: at, text: caption.slice(at, start), box: null });
    }
    parts.push({ start, text: caption.slice(start, end), box });
    at = end;
  }
  if (at < caption.length) {
    parts.push({ start: at, text: caption.slice(at), box: null });
  }
  return parts;
}
