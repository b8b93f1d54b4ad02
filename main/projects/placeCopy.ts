import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProjectFile } from '../../preload/contract/project.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { exists, renameOver, syncFolder, temporaryPath } from './atomicFile.ts';
import { copyProject } from './copyFolder.ts';
import { fileError } from './fileErrors.ts';
import { lockProject, type ProjectLock } from './lock.ts';
import { PROJECT_FILE, writeProjectFile } from './projectFile.ts';
import { RESULTS } from './resultFiles.ts';

/**
 * Puts a copy of a project, with `file` as its project.json, at `target`: whole or not at all. A project that is
 * there is replaced only with `overwrite`, and never while it is open.
 *
 * @param source null when its folder is gone: nothing but `file` is left then
 * @returns the lock of the new place
 * @throws UserError; what was at `target` is then still there
 */
export async function placeCopy(
  source: string | null,
  target: string,
  file: ProjectFile,
  overwrite: boolean,
): Promise<ProjectLock> {
  const temporary = temporaryPath(target);
  const old = temporaryPath(target);
  let oldLock: ProjectLock | null = null;
  let placed = false;
  try {
    if (await exists(target)) {
      if (!overwrite) throw new UserError(sentence('project.exists', { path: target }));
      if (!(await exists(join(target, PROJECT_FILE)))) {
        throw new UserError(
          `${target} is not an ISAC Studio project and is not replaced: choose another name.`,
        );
      }
      oldLock = await lockProject(target);
    }
    if (source === null) await mkdir(temporary, { recursive: true });
    else await copyProject(source, temporary);
    await mkdir(join(temporary, RESULTS), { recursive: true });
    await writeProjectFile(temporary, file, false);
    if (oldLock !== null) await rename(target, old);
    await renameOver(temporary, target);
    placed = true;
    await syncFolder(dirname(target));
    const lock = await lockProject(target);
    // The copy is there and locked: what is left of the old one is no reason to fail.
    await rm(old, { recursive: true, force: true }).catch(() => undefined);
    return lock;
  } catch (error) {
    // A copy without a lock is taken away again.
    if (placed) await rename(target, temporary).catch(() => undefined);
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if ((await exists(old)) && !(await exists(target))) await rename(old, target);
    throw fileError('save', target, error);
  } finally {
    await oldLock?.release();
  }
}
