/** Height of a label and the room around its text, in screen pixels. */
export const LABEL_HEIGHT = 18;
export const LABEL_PADDING = 6;
export const LABEL_FONT = '500 12px system-ui, sans-serif';

/** Narrower than this a label says nothing. */
const LEAST = 14;

/**
 * The text cut with an ellipsis so that it fits; null when not even one letter does.
 * @param measure width of a text in pixels
 */
export function fitText(text: string, room: number, measure: (text: string) => number): string | null {
  if (room < LEAST) {
    return null;
  }
  if (measure(text) <= room) {
    return text;
  }
  const letters = [...text];
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${letters.slice(0, middle).join('').trimEnd()}…`) <= room) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low === 0 ? null : `${letters.slice(0, low).join('').trimEnd()}…`;
}

const widths = new Map<string, number>();

/** The width of a text in the label's font, remembered: measuring 200 labels a frame would cost. */
export function measureLabel(
  context: { measureText(text: string): { width: number } },
  text: string,
): number {
  const known = widths.get(text);
  if (known !== undefined) {
    return known;
  }
  if (widths.size > 5000) {
    widths.clear();
  }
  const { width } = context.measureText(text);
  widths.set(text, width);
  return width;
}
