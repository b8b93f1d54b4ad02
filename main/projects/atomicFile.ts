import { randomBytes } from 'node:crypto';
import { copyFile, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './fileErrors.ts';

/** Temporary files of this module; nothing else in a project is named so. */
const temporaryName = /^\.[^/]+\.[0-9a-f]{12}\.tmp$/;

export interface AtomicWriteOptions {
  /** Keep what was there as `<name>.bak`. */
  backup?: boolean;
  /** Permissions of the file, from its first byte on; 0o666 less the user's mask unless given. */
  mode?: number;
}

/** Where the previous version of a file is kept. */
export function backupPath(path: string): string {
  return `${path}.bak`;
}

/**
 * Replaces a file so that at every moment, whatever dies, `path` is either the whole old or the whole new
 * version: temporary file in the same folder, fsync, rename, fsync of the folder. With `backup`, the old version
 * stays as `.bak`, itself never half-written. Callers must not write one path twice at the same time.
 *
 * @throws the file system's error; the old version is then still in place and the temporary file is gone
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { backup = false, mode }: AtomicWriteOptions = {},
): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    await writeDurably(temporary, data, mode);
    if (backup) await keepPrevious(path);
    await renameOver(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a new file and waits until it is on the disk. @throws when it exists */
export async function writeDurably(path: string, data: string | Uint8Array, mode?: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames inside a folder survive a power cut. Windows cannot and need not do this (NTFS journals them). */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network and FUSE file systems refuse fsync on folders; the rename is then as safe as they make it.
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** Rename, patient with Windows, where virus scanners and indexers hold files open for a moment. */
export async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const busy = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error));
      if (!busy || attempt >= 6) throw error;
      await sleep(10 * 2 ** attempt);
    }
  }
}

/** Removes what killed writers left in a folder. Only for whoever holds the project's lock. */
export async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (temporaryName.test(name)) await rm(join(folder, name), { force: true, recursive: true });
  }
}

/** A sibling of `path` for a temporary file or folder; `removeTemporaries` recognises it. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** A second name for the current version takes the place of the old backup; `path` itself is not touched. */
async function keepPrevious(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const temporary = temporaryPath(backupPath(path));
  try {
    await link(path, temporary);
  } catch {
    // No hard links here (exFAT, some network drives).
    await copyFile(path, temporary);
    const handle = await open(temporary, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  try {
    await renameOver(temporary, backupPath(path));
    // rename() does nothing when both are already the same file; the second name would then stay.
    await rm(temporary, { force: true });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Whether something of any kind is at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return false;
    throw error;
  }
}
