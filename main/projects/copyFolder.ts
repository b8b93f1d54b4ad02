import { constants, copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './atomicFile.ts';

/** A plain file in a project, path relative to the project with `/`. */
export interface ProjectEntry {
  path: string;
  kind: 'file' | 'folder';
}

/** Parts of a project that belong to it wherever it goes: no lock, no trash, no temporary or damaged files. */
const travels = /^(project\.json|results|backdrops|sources)$/;

/**
 * Files and folders that make up a project, folders before what is in them. Links and other special files are left
 * out: a project never contains any.
 */
export async function* projectEntries(project: string, below = ''): AsyncGenerator<ProjectEntry> {
  for (const entry of await readdir(join(project, below), { withFileTypes: true })) {
    if (below === '' ? !travels.test(entry.name) : entry.name.startsWith('.')) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) yield { path, kind: 'file' };
    if (entry.isDirectory()) {
      yield { path, kind: 'folder' };
      yield* projectEntries(project, path);
    }
  }
}

/** Copies a project into a new, empty folder and waits until it is on the disk. */
export async function copyProject(from: string, to: string): Promise<void> {
  const folders = [to];
  await mkdir(to);
  for await (const { path, kind } of projectEntries(from)) {
    const target = join(to, path);
    if (kind === 'folder') {
      await mkdir(target);
      folders.push(target);
      continue;
    }
    await copyFile(join(from, path), target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const handle = await open(target, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  for (const folder of folders.reverse()) await syncFolder(folder);
}
