import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Damage, ResultEntry } from '../../preload/contract/project.ts';
import { resultEntrySchema, resultIdSchema } from '../../preload/contract/project.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { GenerationResult } from '../../preload/contract/result.ts';
import { resultSchema } from '../../preload/contract/result.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { JsonBoundError, parseBoundedJson } from '../files/boundedJson.ts';
import { BOUNDS, type JsonBound } from '../files/bounds.ts';
import { readEmbeddedRequest } from './embeddedRequest.ts';
import { codeOf } from './fileErrors.ts';
import { readLimitedBytes } from './readFiles.ts';
import { firstIssue } from './salvage.ts';

/** Folders inside a project. */
export const RESULTS = 'results';
export const TRASH = 'trash';

/** Files inside a result's folder. */
export const IMAGE = 'image.png';
export const RESULT = 'result.json';
export const ENTRY = 'entry.json';
export const TRACE = 'trace.json';
export const THUMBNAIL = 'thumbnail.png';
export const MASKS = 'masks';

export const MAX_PICTURE_BYTES = BOUNDS.png.bytes;

/** What is known of one result folder. */
export interface ResultRecord {
  entry: ResultEntry;
  request: GenerationRequest;
  /** Null when only the request could be read. */
  result: GenerationResult | null;
  /** Files that are gone or whose size has changed. */
  missing: string[];
}

/** Where a result lives. @throws UserError for a name that is not a result id, so that no path escapes */
export function resultFolder(
  project: string,
  id: string,
  place: typeof RESULTS | typeof TRASH = RESULTS,
): string {
  if (!resultIdSchema.safeParse(id).success)
    throw new UserError(`"${id.slice(0, 80)}" is not the name of a result.`);
  return join(project, place, id);
}

/** `01-brown-dog.png`: the position of the box and its phrase, in characters that every file system takes. */
export function maskName(index: number, phrase: string): string {
  const slug = phrase
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
  // 255 bytes are the limit of most file systems; a character takes up to four.
  const short = [...slug].slice(0, 40).join('');
  return `${String(index + 1).padStart(2, '0')}-${short || 'box'}.png`;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Ids of the result folders on the disk, oldest first (ids begin with the time). */
export async function resultIdsOnDisk(project: string): Promise<string[]> {
  try {
    const entries = await readdir(join(project, RESULTS), { withFileTypes: true });
    const folders = entries.filter(
      (entry) => entry.isDirectory() && resultIdSchema.safeParse(entry.name).success,
    );
    return folders.map(({ name }) => name).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Reads what a result folder says about itself. A missing entry.json is made up from the files, a missing result.json
 * is replaced by the request inside image.png; both are told in `damage`.
 *
 * @returns null when nothing tells how the result was made
 */
export async function readResultRecord(
  project: string,
  id: string,
  damage: Damage[],
): Promise<ResultRecord | null> {
  const folder = resultFolder(project, id);
  const name = (file: string): string => `${RESULTS}/${id}/${file}`;
  const report = (file: string, message: string): void => {
    damage.push({ file: name(file), message: `${name(file)} ${message}.` });
  };
  let written = '';
  const result = await readJson(
    join(folder, RESULT),
    resultSchema,
    BOUNDS.result,
    (why) => report(RESULT, why),
    (bytes) => (written = sha256(bytes)),
  );
  const request = result?.request ?? (await requestOfImage(folder, id));
  if (request === null) {
    report('', 'tells nothing about how it was made and is not shown; its files are kept');
    return null;
  }
  const stored = await readJson(join(folder, ENTRY), resultEntrySchema, BOUNDS.entry, (why) =>
    report(ENTRY, why),
  );
  const entry = stored?.id === id ? stored : await guessEntry(folder, id);
  const missing: string[] = [];
  for (const [file, { bytes, sha256: sha }] of Object.entries(entry.files)) {
    const size = await sizeOf(folder, file);
    if (size === bytes) {
      if (file === RESULT && result !== null && written !== sha) {
        report(file, 'was changed after it was written; what it says of the run may be wrong');
      }
      continue;
    }
    missing.push(file);
    if (file !== RESULT)
      report(file, size === null ? 'is missing' : `is damaged (${size} bytes instead of ${bytes})`);
  }
  return { entry, request, result, missing };
}

/** The request of the newest result that can be read; null when there is none. */
export async function latestRequest(project: string): Promise<GenerationRequest | null> {
  for (const id of (await resultIdsOnDisk(project)).reverse()) {
    const record = await readResultRecord(project, id, []);
    if (record !== null) return record.request;
  }
  return null;
}

/** A JSON file that fits its schema, else null after `report` was told why. `onBytes` gets the file as it is. */
export async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
  bound: JsonBound,
  report: (why: string) => void,
  onBytes: (bytes: Buffer) => void = () => undefined,
): Promise<T | null> {
  try {
    const bytes = await readLimitedBytes(path, bound.bytes);
    onBytes(bytes);
    const parsed = schema.safeParse(parseBoundedJson(bytes, bound, 'It'));
    if (parsed.success) return parsed.data;
    report(`cannot be used (${firstIssue(parsed.error)})`);
  } catch (error) {
    if (error instanceof JsonBoundError) report(error.reason);
    else report(codeOf(error) === 'ENOENT' ? 'is missing' : `cannot be read (${messageOf(error)})`);
  }
  return null;
}

async function requestOfImage(folder: string, id: string): Promise<GenerationRequest | null> {
  try {
    return readEmbeddedRequest(await readLimitedBytes(join(folder, IMAGE), MAX_PICTURE_BYTES), id).request;
  } catch {
    return null;
  }
}

/** An entry made from the files that are there. */
async function guessEntry(folder: string, id: string): Promise<ResultEntry> {
  const files: ResultEntry['files'] = {};
  let created = new Date(0);
  for (const file of await filesBelow(folder)) {
    const bytes = await readFile(join(folder, file));
    files[file] = { bytes: bytes.length, sha256: sha256(bytes) };
    if (file === IMAGE) created = (await stat(join(folder, file))).mtime;
  }
  return { version: 1, id, created: created.toISOString(), pinned: false, baselineOf: null, files };
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && entry.name !== ENTRY) files.push(entry.name);
    if (entry.isDirectory() && entry.name === MASKS) {
      for (const mask of await readdir(join(folder, MASKS))) files.push(`${MASKS}/${mask}`);
    }
  }
  return files;
}

/** Bytes of a file; null when it is gone. Names with a way out of the folder count as gone. */
async function sizeOf(folder: string, file: string): Promise<number | null> {
  if (!/^(masks\/)?[^/\\]+$/.test(file) || file.includes('..')) return null;
  try {
    const info = await stat(join(folder, file));
    return info.isFile() ? info.size : null;
  } catch {
    return null;
  }
}
