import type { EmbeddedRequest } from '../../preload/contract/project.ts';
import { embeddedRequestSchema } from '../../preload/contract/project.ts';
import { UserError } from '../engine/errors.ts';
import { jsonTrouble } from '../files/boundedJson.ts';
import { BOUNDS } from '../files/bounds.ts';
import { makeChunk, pngChunks } from './pngChunks.ts';
import { firstIssue } from './salvage.ts';

/** A file that does not say it was made here. */
export class NoLayoutError extends UserError {}

/** Keyword of the text chunk. */
export const REQUEST_KEYWORD = 'isac-studio';

/**
 * The PNG with a request in a tEXt chunk; the pixels' bytes are not touched, and a request that it held already is
 * replaced. JSON is escaped to ASCII, since tEXt is Latin-1.
 *
 * @throws UserError when `png` is not a whole PNG
 */
export function embedRequest(png: Uint8Array, embedded: EmbeddedRequest): Uint8Array {
  const parts: Uint8Array[] = [png.subarray(0, 8)];
  for (const { type, data, start, end } of pngChunks(png)) {
    if (type === 'tEXt' && keywordOf(data) === REQUEST_KEYWORD) continue;
    parts.push(png.subarray(start, end));
    // Right behind the header: readable even when the rest of the file is cut off.
    if (type === 'IHDR') {
      const text = `${REQUEST_KEYWORD}\0${asciiJson(embeddedRequestSchema.parse(embedded))}`;
      parts.push(makeChunk('tEXt', Buffer.from(text, 'latin1')));
    }
  }
  return Buffer.concat(parts);
}

/**
 * The request in a PNG. Reads text only, never pixels, so a picture that unpacks to gigabytes does no harm.
 *
 * @param name what to call the file in messages
 * @throws NoLayoutError when it is no PNG or holds no request; UserError when it holds one that does not fit
 */
export function readEmbeddedRequest(png: Uint8Array, name: string): EmbeddedRequest {
  let trouble = '';
  try {
    for (const { type, data } of pngChunks(png)) {
      if (type === 'tEXt' && keywordOf(data) === REQUEST_KEYWORD) {
        return parseEmbedded(data.subarray(REQUEST_KEYWORD.length + 1), name);
      }
    }
  } catch (error) {
    if (!(error instanceof UserError) || error.message.startsWith(name)) throw error;
    trouble = ` ${error.message}`;
  }
  throw new NoLayoutError(`${name} holds no layout: only PNG files made by ISAC Studio do.${trouble}`);
}

function parseEmbedded(text: Buffer, name: string): EmbeddedRequest {
  const trouble = jsonTrouble(text, BOUNDS.embeddedRequest);
  if (trouble !== null) throw new UserError(`${name}: its request ${trouble}.`);
  let raw: unknown;
  try {
    raw = JSON.parse(text.toString('latin1'));
  } catch {
    throw new UserError(`${name}: its request is not JSON; the file was changed by another program.`);
  }
  const version = typeof raw === 'object' && raw !== null && 'version' in raw ? raw.version : undefined;
  if (typeof version === 'number' && version > 1) {
    throw new UserError(
      `${name} was made by a newer ISAC Studio (request version ${version}): update the program.`,
    );
  }
  const parsed = embeddedRequestSchema.safeParse(raw);
  if (!parsed.success)
    throw new UserError(`${name}: its request cannot be used: ${firstIssue(parsed.error)}.`);
  return parsed.data;
}

/** The keyword of a tEXt chunk; '' when it has none. */
function keywordOf(data: Buffer): string {
  const end = data.subarray(0, 80).indexOf(0);
  return end < 1 ? '' : data.toString('latin1', 0, end);
}

/** JSON in ASCII: everything else as \uXXXX. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
