import { open } from 'node:fs/promises';
import { LAYOUT_VERSION, layoutSchema, MAX_BOXES, type Layout } from '../../preload/contract/layout.ts';
import { decodeText } from '../engine/decodeText.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { parseBoundedJson } from '../files/boundedJson.ts';
import { BOUNDS } from '../files/bounds.ts';
import { CocoFile, leftOutText, looksLikeCoco } from '../projects/imports/cocoFile.ts';
import { zodSentence } from './zodSentence.ts';

const MAX_BYTES = BOUNDS.dropped.bytes;

/** A layout and what the file says beside it. */
export interface ReadLayout {
  readonly layout: Layout;
  /** Width over height, where the file gives a ratio and no size (COCO). */
  readonly ratio: number | null;
  /** What to tell the user. */
  readonly notes: readonly string[];
}

/**
 * A layout file or one image of a COCO annotation file, checked.
 *
 * @param file path, as the user wrote it: messages begin with it
 * @param image which image of a COCO file, by name or id; needed where it has several
 * @throws UserError naming the file, the field and what is allowed
 */
export async function readLayout(file: string, image: string | null = null): Promise<ReadLayout> {
  const raw = parseJson(decodeText(await readBytes(file), file), file);
  if (looksLikeCoco(raw)) return cocoLayout(new CocoFile(raw, file), image);
  if (image !== null) throw new UserError(`--image ${image}: ${file} is not a COCO annotation file`);
  return { layout: checkLayout(raw, file), ratio: null, notes: [] };
}

/** A layout's text that is there already. */
export function parseLayout(text: string, file: string): Layout {
  return checkLayout(parseJson(text, file), file);
}

function cocoLayout(coco: CocoFile, wanted: string | null): ReadLayout {
  if (wanted === null && coco.images.length > 1) {
    throw new UserError(
      `${coco.name} describes ${coco.images.length} images; choose one with --image: ${coco.listed()}`,
    );
  }
  const { name, boxes, ratio, leftOut } = coco.layout(wanted);
  if (boxes.length > MAX_BOXES) {
    throw new UserError(
      `${coco.name}: the image ${name} has ${boxes.length} boxes; a run takes at most ${MAX_BOXES}, the studio imports all of them to choose from`,
    );
  }
  const left = leftOutText(leftOut);
  const notes = left === '' ? [] : [`${coco.name}: left out of ${name}: ${left}`];
  return { layout: { version: LAYOUT_VERSION, boxes, bind: [] }, ratio, notes };
}

function parseJson(text: string, file: string): unknown {
  try {
    return parseBoundedJson(text, BOUNDS.dropped, `${file}:`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: is not JSON: ${messageOf(error).replaceAll(/\s+/g, ' ')}`);
  }
}

function checkLayout(raw: unknown, file: string): Layout {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new UserError(`${file}: must be an object { "version": ${LAYOUT_VERSION}, "boxes": [...] }`);
  }
  const version = 'version' in raw ? raw.version : undefined;
  if (version !== LAYOUT_VERSION) {
    const found =
      version === undefined ? 'version is missing' : `version ${JSON.stringify(version)} is unknown`;
    throw new UserError(`${file}: ${found}; this program reads layout version ${LAYOUT_VERSION}`);
  }
  const parsed = layoutSchema.safeParse(raw);
  if (!parsed.success) throw new UserError(`${file}: ${zodSentence(parsed.error, layoutSchema)}`);
  return parsed.data;
}

async function readBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new UserError(
      missing ? `${file}: there is no such file` : `${file}: cannot be opened: ${messageOf(error)}`,
    );
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`${file}: is not a file`);
    if (status.size > MAX_BYTES) {
      throw new UserError(`${file}: has ${status.size} bytes; a layout has at most ${MAX_BYTES}`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
