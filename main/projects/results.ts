import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Damage,
  LoadedResult,
  ResultEntry,
  ResultSummary,
  TraceStep,
} from '../../preload/contract/project.ts';
import { resultEntrySchema, resultIdSchema, traceSchema } from '../../preload/contract/project.ts';
import { subjectsOf } from '../../preload/contract/instances.ts';
import type { GenerationResult } from '../../preload/contract/result.ts';
import { resultSchema } from '../../preload/contract/result.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { BOUNDS } from '../files/bounds.ts';
import {
  exists,
  renameOver,
  syncFolder,
  temporaryPath,
  writeDurably,
  writeFileAtomic,
} from './atomicFile.ts';
import { embedRequest } from './embeddedRequest.ts';
import { codeOf, fileError } from './fileErrors.ts';
import { decodePng, encodePng, shrink } from './picture.ts';
import { readLimitedBytes } from './readFiles.ts';
import {
  ENTRY,
  IMAGE,
  maskName,
  MASKS,
  MAX_PICTURE_BYTES,
  readJson,
  readResultRecord,
  RESULT,
  resultFolder,
  type ResultRecord,
  RESULTS,
  sha256,
  THUMBNAIL,
  TRACE,
  TRASH,
} from './resultFiles.ts';

/** Longest side of a thumbnail in pixels. */
const THUMBNAIL_SIDE = 160;

/** Steps of a trace that keep their picture and masks; more would make a long run weigh more than its result. */
const MAX_TRACE_PICTURES = 100;

/** A finished run, as the engine's events delivered it. */
export interface FinishedRun {
  /** What the result will be called (newResultId): keeping the same run again then finds it there. */
  id?: string;
  result: GenerationResult;
  /** PNG; the request is embedded if it is not yet. */
  image: Uint8Array;
  /** One 8-bit PNG per box of the request, in its order. */
  masks: readonly Uint8Array[];
  trace?: readonly TraceStep[];
  /** The result that this is the run without ISAC of. */
  baselineOf?: string;
}

/**
 * Puts a finished run into the project: everything is written to a temporary folder and then renamed, so that a
 * result is there whole or not at all. A run with an id that is there already is kept once.
 *
 * @returns the new result's id
 * @throws UserError when the pictures are not what they should be or the disk refuses
 */
export async function addResult(project: string, run: FinishedRun): Promise<string> {
  const id = run.id ?? newResultId();
  if (await exists(resultFolder(project, id))) return id;
  const result = resultSchema.parse(run.result);
  const { request, model, device, versions } = result;
  const subjects = subjectsOf(request);
  if (run.masks.length !== subjects.length) {
    throw new UserError(`A result of ${subjects.length} boxes came with ${run.masks.length} masks.`);
  }
  const picture = decodePng(run.image, IMAGE);
  const files = new Map<string, Uint8Array>();
  files.set(IMAGE, embedRequest(run.image, { version: 1, request, madeBy: { model, device, versions } }));
  files.set(RESULT, json(result));
  files.set(THUMBNAIL, encodePng(shrink(picture, THUMBNAIL_SIDE)));
  run.masks.forEach((mask, index) => {
    files.set(`${MASKS}/${maskName(index, subjects[index]?.phrase ?? '')}`, mask);
  });
  if (run.trace !== undefined) {
    files.set(TRACE, json(traceSchema.parse({ version: 1, steps: thinOut(run.trace) })));
  }
  const entry: ResultEntry = {
    version: 1,
    id,
    created: new Date().toISOString(),
    pinned: false,
    baselineOf: run.baselineOf ?? null,
    files: Object.fromEntries(
      [...files].map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }]),
    ),
  };
  files.set(ENTRY, json(resultEntrySchema.parse(entry)));
  const folder = resultFolder(project, id);
  const temporary = temporaryPath(folder);
  try {
    await mkdir(join(temporary, MASKS), { recursive: true });
    for (const [name, bytes] of files) await writeDurably(join(temporary, name), bytes);
    await syncFolder(join(temporary, MASKS));
    await syncFolder(temporary);
    await renameOver(temporary, folder);
    await syncFolder(join(project, RESULTS));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw fileError('keepResult', folder, error);
  }
  return id;
}

/** Moves a result to the project's trash; `restoreResult` brings it back. */
export async function deleteResult(project: string, id: string): Promise<void> {
  await moveResult(project, id, RESULTS, TRASH);
  // The folder's time tells when it was deleted (emptyTrash).
  const now = new Date();
  await utimes(resultFolder(project, id, TRASH), now, now);
}

/** Undoes `deleteResult`. */
export async function restoreResult(project: string, id: string): Promise<void> {
  await moveResult(project, id, TRASH, RESULTS);
}

/** Ids of deleted results that can be restored. */
export async function deletedResults(project: string): Promise<string[]> {
  try {
    return (await readdir(join(project, TRASH)))
      .filter((name) => resultIdSchema.safeParse(name).success)
      .sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Removes results for good that were deleted more than `days` ago. */
export async function emptyTrash(project: string, days: number): Promise<void> {
  for (const id of await deletedResults(project)) {
    const folder = resultFolder(project, id, TRASH);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs >= days * 86_400_000) await rm(folder, { recursive: true, force: true });
  }
}

/** Marks a result for comparison, or takes the mark away. */
export async function pinResult(project: string, id: string, pinned: boolean): Promise<void> {
  const record = await requireRecord(project, id);
  const path = join(resultFolder(project, id), ENTRY);
  try {
    await writeFileAtomic(path, json({ ...record.entry, pinned }));
  } catch (error) {
    throw fileError('change', path, error);
  }
}

/** Results that are read at the same time: the disk is busy, and few files are open. */
const AT_ONCE = 16;

/** A line of the history for each id that can be read; what is wrong with the others is added to `damage`. */
export async function listResults(
  project: string,
  ids: readonly string[],
  damage: Damage[],
): Promise<ResultSummary[]> {
  const summaries: ResultSummary[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    const read = await Promise.all(
      some.map(async (id) => {
        const own: Damage[] = [];
        return { own, record: await readResultRecord(project, id, own) };
      }),
    );
    for (const { own, record } of read) {
      damage.push(...own);
      if (record !== null) summaries.push(summarize(record));
    }
  }
  return summaries;
}

/** The history's line of one result. @throws UserError when it cannot be read */
export async function summaryOf(project: string, id: string): Promise<ResultSummary> {
  return summarize(await requireRecord(project, id));
}

/** A whole result with its pictures. @throws UserError when there is no such result or its result.json is lost */
export async function loadResult(project: string, id: string): Promise<LoadedResult> {
  const { result } = await requireRecord(project, id);
  if (result === null) throw new UserError(sentence('result.damaged', { id, file: RESULT }));
  const folder = resultFolder(project, id);
  const masks: (string | null)[] = [];
  for (const [index, { phrase }] of subjectsOf(result.request).entries()) {
    masks.push(await readBase64(join(folder, MASKS, maskName(index, phrase))));
  }
  return {
    id,
    result,
    image: await readBase64(join(folder, IMAGE)),
    masks,
    trace: await readJson(join(folder, TRACE), traceSchema, BOUNDS.trace, () => undefined),
  };
}

async function requireRecord(project: string, id: string): Promise<ResultRecord> {
  if (!(await exists(resultFolder(project, id)))) throw new UserError(`The project has no result ${id}.`);
  const damage: Damage[] = [];
  const record = await readResultRecord(project, id, damage);
  if (record === null) throw new UserError(damage.map(({ message }) => message).join(' '));
  return record;
}

/** Names the files only: pictures are read when they come into view. */
function summarize({ entry, request, missing }: ResultRecord): ResultSummary {
  const { id, created, pinned, baselineOf } = entry;
  const shown = [THUMBNAIL, IMAGE].find((file) => file in entry.files && !missing.includes(file));
  return { id, created, pinned, baselineOf, request, thumbnail: shown ?? null, missing };
}

/** A picture file in base64; null when it is gone or not a whole picture. */
async function readBase64(path: string): Promise<string | null> {
  try {
    const bytes = await readLimitedBytes(path, MAX_PICTURE_BYTES);
    decodePng(bytes, path);
    return bytes.toString('base64');
  } catch {
    return null;
  }
}

async function moveResult(
  project: string,
  id: string,
  from: typeof RESULTS | typeof TRASH,
  to: typeof RESULTS | typeof TRASH,
): Promise<void> {
  const source = resultFolder(project, id, from);
  const target = resultFolder(project, id, to);
  if (!(await exists(source))) {
    throw new UserError(`The project has no ${from === TRASH ? 'deleted ' : ''}result ${id}.`);
  }
  try {
    await mkdir(join(project, to), { recursive: true });
    await renameOver(source, target);
    await syncFolder(join(project, to));
    await syncFolder(join(project, from));
  } catch (error) {
    throw fileError(to === TRASH ? 'delete' : 'restore', source, error);
  }
}

/** Every step keeps its losses; of many steps only an even choice keeps its pictures, the last one always. */
function thinOut(steps: readonly TraceStep[]): TraceStep[] {
  const stride = Math.ceil(steps.length / MAX_TRACE_PICTURES);
  return steps.map((step, index) =>
    (steps.length - 1 - index) % stride === 0 ? step : { ...step, preview: null, masks: [] },
  );
}

/** `20261123-101530-123-4f2a9c`: sorts by time (UTC). */
export function newResultId(): string {
  const [date = '', time = ''] = new Date().toISOString().split('T');
  const digits = time.replaceAll(/[^0-9]/g, '');
  return `${date.replaceAll('-', '')}-${digits.slice(0, 6)}-${digits.slice(6, 9)}-${randomBytes(3).toString('hex')}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
