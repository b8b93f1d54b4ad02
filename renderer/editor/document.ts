import { captionFromPhrases, MAX_CAPTION } from '../../preload/contract/caption.ts';
import type { Box } from '../../preload/contract/layout.ts';
import { newDocument } from '../../preload/contract/newDocument.ts';
import { COLOUR_COUNT } from '../../preload/contract/palette.ts';
import type { DocumentBox, ProjectDocument, Settings } from '../../preload/contract/project.ts';
import type { Size } from './coordinates.ts';

/**
 * The document: an immutable value (the project file's own type). Every function here returns a new one
 * and shares what did not change, so that a history of snapshots costs little and views can compare by
 * identity. Boxes lie from the bottom to the top.
 */
export type LayoutDocument = Readonly<ProjectDocument>;

/** Characters of a phrase. */
export const MAX_PHRASE = 200;

/** Characters of a caption or negative prompt. */
export { MAX_CAPTION };

/** An empty document for a model. */
export function emptyDocument(model: string, size: Size): LayoutDocument {
  return newDocument({ model, ...size });
}

export function sizeOf(document: LayoutDocument): Size {
  return { width: document.width, height: document.height };
}

export function boxById(document: LayoutDocument, id: string): DocumentBox | undefined {
  return document.boxes.find((box) => box.id === id);
}

/** Boxes that take part in a run, from the bottom to the top. */
export function visibleBoxes(document: LayoutDocument): DocumentBox[] {
  return document.boxes.filter((box) => !box.hidden);
}

/** The colour that the fewest boxes have, the lowest of equals. */
export function leastUsedColour(boxes: readonly DocumentBox[]): number {
  const uses = new Array<number>(COLOUR_COUNT).fill(0);
  for (const { colour } of boxes) {
    uses[colour % COLOUR_COUNT] = (uses[colour % COLOUR_COUNT] ?? 0) + 1;
  }
  return uses.indexOf(Math.min(...uses));
}

/** A box id that the document does not use: box-1, box-2, ... above every number used so far. */
export function freshId(document: LayoutDocument, above: number): { id: string; number: number } {
  let number = above;
  for (const { id } of document.boxes) {
    const match = /^box-(\d{1,9})$/.exec(id);
    number = Math.max(number, Number(match?.[1] ?? 0));
  }
  return { id: `box-${number + 1}`, number: number + 1 };
}

/** What a phrase may look like: one line, at most 200 characters. Spaces at the ends stay while typing. */
export function cleanPhrase(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, MAX_PHRASE);
}

function samePhrases(a: LayoutDocument, b: LayoutDocument): boolean {
  return (
    a.boxes.length === b.boxes.length &&
    a.boxes.every((box, index) => {
      const other = b.boxes[index];
      return (
        box === other || (other !== undefined && box.phrase === other.phrase && box.hidden === other.hidden)
      );
    })
  );
}

/**
 * Keeps a caption that the user has not edited equal to the boxes.
 * @param before the document that `document` came from: equal phrases need no work
 */
export function withMadeCaption(document: LayoutDocument, before?: LayoutDocument): LayoutDocument {
  if (document.caption.edited || (before?.caption === document.caption && samePhrases(before, document))) {
    return document;
  }
  const text = captionFromPhrases(visibleBoxes(document).map(({ phrase }) => phrase)).slice(0, MAX_CAPTION);
  return text === document.caption.text ? document : { ...document, caption: { text, edited: false } };
}

/** Changes the boxes with these ids; a change that returns the same box shares it. */
export function updateBoxes(
  document: LayoutDocument,
  ids: readonly string[],
  change: (box: DocumentBox) => DocumentBox,
): LayoutDocument {
  const wanted = new Set(ids);
  let changed = false;
  const boxes = document.boxes.map((box) => {
    const next = wanted.has(box.id) ? change(box) : box;
    changed ||= next !== box;
    return next;
  });
  return changed ? { ...document, boxes } : document;
}

/** Gives boxes new places: an entry per box id; locked boxes stay. */
export function placeBoxes(document: LayoutDocument, places: ReadonlyMap<string, Box>): LayoutDocument {
  return updateBoxes(document, [...places.keys()], (box) => {
    const place = places.get(box.id);
    const same = place === undefined || place.every((value, index) => value === box.box[index]);
    return box.locked || same ? box : { ...box, box: place };
  });
}

/** Adds boxes on top. */
export function addBoxes(document: LayoutDocument, boxes: readonly DocumentBox[]): LayoutDocument {
  return { ...document, boxes: [...document.boxes, ...boxes] };
}

/** Removes boxes, and the pairs that they were bound in. */
export function removeBoxes(document: LayoutDocument, ids: readonly string[]): LayoutDocument {
  const gone = new Set(ids);
  return {
    ...document,
    boxes: document.boxes.filter(({ id }) => !gone.has(id)),
    bind: document.bind.filter(([a, b]) => !gone.has(a) && !gone.has(b)),
  };
}

export function setPhrase(document: LayoutDocument, id: string, phrase: string): LayoutDocument {
  return updateBoxes(document, [id], (box) => ({ ...box, phrase: cleanPhrase(phrase) }));
}

export function setColour(document: LayoutDocument, ids: readonly string[], colour: number): LayoutDocument {
  return updateBoxes(document, ids, (box) => ({ ...box, colour }));
}

export function setLocked(document: LayoutDocument, ids: readonly string[], locked: boolean): LayoutDocument {
  return updateBoxes(document, ids, (box) => (box.locked === locked ? box : { ...box, locked }));
}

export function setHidden(document: LayoutDocument, ids: readonly string[], hidden: boolean): LayoutDocument {
  return updateBoxes(document, ids, (box) => (box.hidden === hidden ? box : { ...box, hidden }));
}

const samePair = (pair: readonly [string, string], a: string, b: string): boolean =>
  (pair[0] === a && pair[1] === b) || (pair[0] === b && pair[1] === a);

export function isBound(document: LayoutDocument, a: string, b: string): boolean {
  return document.bind.some((pair) => samePair(pair, a, b));
}

/** Exempts a pair from repulsion, or takes that back. */
export function setBound(document: LayoutDocument, a: string, b: string, bound: boolean): LayoutDocument {
  if (a === b || isBound(document, a, b) === bound) {
    return document;
  }
  return {
    ...document,
    bind: bound ? [...document.bind, [a, b]] : document.bind.filter((pair) => !samePair(pair, a, b)),
  };
}

export const stackMoves = ['forward', 'backward', 'front', 'back'] as const;
export type StackMove = (typeof stackMoves)[number];

/** Moves boxes in z-order; several keep their order among themselves. */
export function restack(document: LayoutDocument, ids: readonly string[], move: StackMove): LayoutDocument {
  const chosen = new Set(ids);
  const boxes = [...document.boxes];
  if (move === 'front' || move === 'back') {
    const mine = boxes.filter(({ id }) => chosen.has(id));
    const others = boxes.filter(({ id }) => !chosen.has(id));
    return withOrder(document, move === 'front' ? [...others, ...mine] : [...mine, ...others]);
  }
  const step = move === 'forward' ? 1 : -1;
  const start = step === 1 ? boxes.length - 2 : 1;
  for (let index = start; index >= 0 && index < boxes.length; index -= step) {
    const box = boxes[index];
    const neighbour = boxes[index + step];
    if (box && neighbour && chosen.has(box.id) && !chosen.has(neighbour.id)) {
      boxes[index] = neighbour;
      boxes[index + step] = box;
    }
  }
  return withOrder(document, boxes);
}

/** Moves one box to a place in the order from the bottom (0): what dragging in the layer list does. */
export function moveToIndex(document: LayoutDocument, id: string, index: number): LayoutDocument {
  const box = boxById(document, id);
  if (box === undefined) {
    return document;
  }
  const boxes = document.boxes.filter((other) => other !== box);
  boxes.splice(Math.max(0, Math.min(index, boxes.length)), 0, box);
  return withOrder(document, boxes);
}

function withOrder(document: LayoutDocument, boxes: DocumentBox[]): LayoutDocument {
  return boxes.every((box, index) => box === document.boxes[index]) ? document : { ...document, boxes };
}

/** The user's own caption from now on. */
export function setCaption(document: LayoutDocument, text: string): LayoutDocument {
  return { ...document, caption: { text: text.slice(0, MAX_CAPTION), edited: true } };
}

/** Makes the caption from the boxes again, and keeps it made. */
export function remakeCaption(document: LayoutDocument): LayoutDocument {
  return withMadeCaption({ ...document, caption: { ...document.caption, edited: false } });
}

export function setNegative(document: LayoutDocument, negative: string): LayoutDocument {
  return { ...document, negative: negative.slice(0, MAX_CAPTION) };
}

export function setSize(document: LayoutDocument, size: Size): LayoutDocument {
  return { ...document, width: size.width, height: size.height };
}

export function updateSettings(document: LayoutDocument, patch: Partial<Settings>): LayoutDocument {
  return { ...document, settings: { ...document.settings, ...patch } };
}

export function updateIsac(document: LayoutDocument, patch: Partial<Settings['isac']>): LayoutDocument {
  return updateSettings(document, { isac: { ...document.settings.isac, ...patch } });
}

/**
 * The document with the seed of the run after this one, as its seed mode says.
 * @param random a number in [0, 1)
 */
export function advanceSeed(document: LayoutDocument, random: () => number): LayoutDocument {
  const { seed } = document.settings;
  switch (document.seedMode) {
    case 'locked':
      return document;
    case 'random':
      return updateSettings(document, { seed: Math.floor(random() * 2 ** 32) });
    case 'next':
      return updateSettings(document, { seed: seed >= Number.MAX_SAFE_INTEGER ? 0 : seed + 1 });
  }
}
