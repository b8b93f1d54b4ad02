import { z } from 'zod';
import { boxSchema } from '../../preload/contract/layout.ts';
import { documentBoxSchema, MAX_DOCUMENT_BOXES } from '../../preload/contract/project.ts';
import type { DocumentBox } from '../../preload/contract/project.ts';
import { addBoxes, isBound } from './document.ts';
import type { LayoutDocument } from './document.ts';
import type { Editor } from './editor.ts';
import { bounds, clampMove, translate } from './geometry/rect.ts';
import { fail, message, succeed } from './message.ts';
import type { Outcome } from './message.ts';
import { selectedBoxes } from './selection.ts';

/** Boxes as they travel between windows: places as shares of the image, pairs as indices into `boxes`. */
const payloadSchema = z.strictObject({
  format: z.literal('isac-studio/boxes'),
  version: z.literal(1),
  boxes: z
    .array(documentBoxSchema.pick({ phrase: true, colour: true }).extend({ box: boxSchema }).strict())
    .min(1)
    .max(MAX_DOCUMENT_BOXES),
  bind: z.array(z.tuple([z.int().min(0), z.int().min(0)])).max(MAX_DOCUMENT_BOXES ** 2),
});

export type BoxPayload = z.infer<typeof payloadSchema>;

/** Far more than a thousand boxes need; longer text is not worth parsing. */
const MAX_TEXT = 1_000_000;

/** Boxes, and which of them are bound, as JSON text for the clipboard. */
export function encodeBoxes(document: LayoutDocument, boxes: readonly DocumentBox[]): string {
  const bind = boxes.flatMap((a, i) =>
    boxes.flatMap((b, j): [number, number][] => (i < j && isBound(document, a.id, b.id) ? [[i, j]] : [])),
  );
  const payload: BoxPayload = {
    format: 'isac-studio/boxes',
    version: 1,
    boxes: boxes.map(({ phrase, box, colour }) => ({ phrase, box, colour })),
    bind,
  };
  return JSON.stringify(payload);
}

/** Reads clipboard text that may be anything at all. */
export function decodeBoxes(text: string): Outcome<BoxPayload> {
  if (text.trim() === '') {
    return fail('notice.clipboardEmpty');
  }
  if (text.length > MAX_TEXT) {
    return fail('notice.clipboardNotBoxes');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('notice.clipboardNotBoxes');
  }
  const parsed = payloadSchema.safeParse(value);
  if (!parsed.success) {
    return fail('notice.clipboardNotBoxes');
  }
  const count = parsed.data.boxes.length;
  if (parsed.data.bind.some(([a, b]) => a === b || a >= count || b >= count)) {
    return fail('notice.clipboardNotBoxes');
  }
  return succeed(parsed.data);
}

/** How far a copy lands from what it is a copy of, in pixels of the screen: as far at every zoom. */
const OFFSET = 16;

function lies(document: LayoutDocument, box: DocumentBox['box']): boolean {
  return document.boxes.some((other) => other.box.every((v, i) => Math.abs(v - (box[i] ?? -1)) < 1e-6));
}

/** Adds copies on top and selects them; all are shifted alike, until none covers a box exactly. */
export function insertBoxes(editor: Editor, payload: BoxPayload, label: string): void {
  const { document, viewport } = editor.getSnapshot();
  if (document.boxes.length + payload.boxes.length > MAX_DOCUMENT_BOXES) {
    editor.notify(message('notice.tooManyBoxes', { max: MAX_DOCUMENT_BOXES }));
    return;
  }
  const shift = freePlace(
    document,
    payload.boxes.map(({ box }) => box),
    Math.max(1, Math.round(OFFSET / viewport.zoom)),
  );
  const added: DocumentBox[] = [];
  editor.edit(
    label,
    (current) => {
      let next = current;
      for (const { phrase, box, colour } of payload.boxes) {
        const taken = next.boxes.some((other) => other.colour === colour);
        const fresh = editor.newBoxIn(next, shift(box), phrase);
        const copy = taken ? fresh : { ...fresh, colour };
        added.push(copy);
        next = addBoxes(next, [copy]);
      }
      const bind = payload.bind.flatMap(([a, b]): [string, string][] => {
        const first = added[a];
        const second = added[b];
        return first && second ? [[first.id, second.id]] : [];
      });
      return bind.length > 0 ? { ...next, bind: [...next.bind, ...bind] } : next;
    },
    () => added.map(({ id }) => id),
  );
}

/**
 * The first of a row of small diagonal shifts, else of all shifts in steps of that size, at which no copy covers a box exactly.
 * The image's sides stop the boxes together, so that they keep their arrangement.
 *
 * @param step in image pixels
 */
function freePlace(
  document: LayoutDocument,
  boxes: readonly DocumentBox['box'][],
  step: number,
): (box: DocumentBox['box']) => DocumentBox['box'] {
  const frame = bounds(boxes) ?? [0, 0, 1, 1];
  for (const [right, down] of placesToTry(document, frame, step)) {
    const { dx, dy } = clampMove(frame, (right * step) / document.width, (down * step) / document.height);
    const shifted = (box: DocumentBox['box']): DocumentBox['box'] =>
      dx === 0 && dy === 0 ? box : translate(box, dx, dy);
    if (!boxes.some((box) => lies(document, shifted(box)))) {
      return shifted;
    }
  }
  return (box) => box;
}

/** Steps to the right and down. */
function* placesToTry(
  { width, height }: LayoutDocument,
  [x0, y0, x1, y1]: DocumentBox['box'],
  step: number,
): Generator<readonly [number, number]> {
  const room = (share: number, side: number): number => Math.ceil((share * side) / step);
  const right = room(1 - x1, width);
  const down = room(1 - y1, height);
  for (let times = 0; times <= Math.max(right, down); times += 1) {
    yield [times, times];
  }
  // The diagonal has come to its end in a corner, where copies would pile up unseen.
  for (let y = -room(y0, height); y <= down; y += 1) {
    for (let x = -room(x0, width); x <= right; x += 1) {
      yield [x, y];
    }
  }
}

/** The selection as clipboard text, or null when nothing is selected: for the browser's copy event. */
export function copyText(editor: Editor): string | null {
  const { document, selection } = editor.getSnapshot();
  const boxes = selectedBoxes(document, selection);
  return boxes.length === 0 ? null : encodeBoxes(document, boxes);
}

/** Pastes clipboard text, or tells in a sentence why it does not: for the browser's paste event. */
export function pasteText(editor: Editor, text: string): boolean {
  const outcome = decodeBoxes(text);
  if (!outcome.ok) {
    editor.notify(outcome.message);
    return false;
  }
  insertBoxes(editor, outcome.value, 'step.paste');
  return true;
}
