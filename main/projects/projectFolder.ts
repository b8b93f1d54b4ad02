import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import type { Damage, ProjectDocument, ProjectFile } from '../../preload/contract/project.ts';
import { documentSchema } from '../../preload/contract/project.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { readOutside } from '../reader/outside.ts';
import { exists, removeTemporaries, renameOver, syncFolder, temporaryPath } from './atomicFile.ts';
import { codeOf, fileError } from './fileErrors.ts';
import { lockProject, type ProjectLock } from './lock.ts';
import { PROJECT_SUFFIX, projectPath } from './names.ts';
import { newProjectFile, PROJECT_FILE, writeProjectFile } from './projectFile.ts';
import { RESULTS, resultFolder, resultIdsOnDisk, TRASH } from './resultFiles.ts';
import { emptyTrash } from './results.ts';
import { firstIssue } from './salvage.ts';

/** Deleted results can be restored for this long. */
const TRASH_DAYS = 30;

/** A project folder as it was found. */
export interface OpenedFolder {
  readonly path: string;
  readonly file: ProjectFile;
  readonly damage: Damage[];
  /** Null where the folder cannot be written, or the disk is full. */
  readonly lock: ProjectLock | null;
}

/** A new project folder, there whole or not at all. @throws UserError when something is there already */
export async function createFolder(
  path: string,
  document: Readonly<ProjectDocument>,
  writtenBy: string,
): Promise<string> {
  const folder = projectPath(resolve(path));
  const file = newProjectFile(checkDocument(document), writtenBy);
  const temporary = temporaryPath(folder);
  try {
    if (await exists(folder)) throw new UserError(sentence('project.exists', { path: folder }));
    await mkdir(join(temporary, RESULTS), { recursive: true });
    await writeProjectFile(temporary, file, false);
    await renameOver(temporary, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw fileError('create', folder, error);
  }
  return folder;
}

/**
 * Takes a project folder and reads it as far as it can be read; what cannot is told in `damage`. Nothing is changed in
 * project.json.
 *
 * @throws ProjectLockedError when it is open elsewhere; NewerVersionError; UserError when there is no project
 */
export async function openFolder(
  path: string,
  { defaults, force = false }: { defaults: DocumentDefaults; force?: boolean },
): Promise<OpenedFolder> {
  const folder = (await exists(resolve(path, PROJECT_FILE))) ? resolve(path) : projectPath(resolve(path));
  if (!(await exists(folder))) {
    const given = resolve(path);
    if (folder !== given && (await exists(given)))
      throw new UserError(
        `${given} is no project: a project is a folder whose name ends with ${PROJECT_SUFFIX}.`,
      );
    throw new UserError(sentence('project.vanished', { path: folder }));
  }
  // Read first: a project that cannot be opened, or not by this version, is left untouched.
  await readOutside('projectFile', { folder, defaults }, { about: folder });
  let lock = await takeLock(folder, force);
  try {
    if (lock !== null && !(await tidy(folder))) {
      await lock.release();
      lock = null;
    }
    const { file, damage } = await readOutside('projectFile', { folder, defaults }, { about: folder });
    const results = await reconcile(folder, file.results, damage);
    return { path: folder, file: { ...file, results }, damage, lock };
  } catch (error) {
    await lock?.release();
    throw fileError('open', folder, error);
  }
}

/** Removes what killed writers left and results that were deleted long ago. @returns false where it cannot write */
async function tidy(folder: string): Promise<boolean> {
  try {
    // First, for it makes room.
    await removeTemporaries(folder);
    await mkdir(join(folder, RESULTS), { recursive: true });
    await removeTemporaries(join(folder, RESULTS));
    await emptyTrash(folder, TRASH_DAYS);
    return true;
  } catch (error) {
    if (NOT_WRITABLE.includes(codeOf(error))) return false;
    throw error;
  }
}

/** @throws UserError when it does not fit its schema */
export function checkDocument(document: Readonly<ProjectDocument>): ProjectDocument {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) throw new UserError(`The document cannot be saved: ${firstIssue(parsed.error)}.`);
  return parsed.data;
}

/**
 * Why a lock cannot be made although nobody holds one: the folder may not be written to, or there is no room left. The
 * project then opens for reading.
 */
const NOT_WRITABLE = ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'];

/** Null where the folder cannot be written. */
async function takeLock(folder: string, force: boolean): Promise<ProjectLock | null> {
  try {
    return await lockProject(folder, { force });
  } catch (error) {
    if (NOT_WRITABLE.includes(codeOf(error))) return null;
    throw fileError('open', folder, error);
  }
}

/** The results that are there: those the project lists, then those it does not know of yet (a crash in between). */
async function reconcile(folder: string, listed: readonly string[], damage: Damage[]): Promise<string[]> {
  const there = await resultIdsOnDisk(folder);
  const [present, known] = [new Set(there), new Set(listed)];
  for (const id of listed) {
    if (present.has(id) || (await exists(resultFolder(folder, id, TRASH)))) continue;
    damage.push({ file: `${RESULTS}/${id}`, message: `${RESULTS}/${id}, a result, is missing.` });
  }
  return [...listed.filter((id) => present.has(id)), ...there.filter((id) => !known.has(id))];
}
