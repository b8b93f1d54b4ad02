import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import type { UnclosedProject } from '../../preload/contract/project.ts';
import { readOutside } from '../reader/outside.ts';
import { writeFileAtomic } from './atomicFile.ts';
import { codeOf } from './fileErrors.ts';
import { lockHolder } from './lock.ts';
import { numberedPath, PROJECT_SUFFIX, projectName } from './names.ts';
import { Project, type ProjectOptions } from './projectStore.ts';
import { readLimited } from './readFiles.ts';
import { sha256 } from './resultFiles.ts';
import type { ProjectDocument } from '../../preload/contract/project.ts';

const markerSchema = z.object({ path: z.string().min(1).max(4096), opened: z.iso.datetime() });

/**
 * Remembers which projects are open, one small file each, so that after a crash the next start can offer them.
 * Projects that were never given a place live in `untitledFolder`.
 */
export class Session {
  readonly untitledFolder: string;
  readonly #markers: string;

  /** @param userData the program's own folder */
  constructor(userData: string) {
    this.untitledFolder = join(userData, 'untitled');
    this.#markers = join(userData, 'open-projects');
  }

  /** A new project in the program's own folder: autosaved like any other until the user gives it a place. */
  async createUntitled(
    document: Readonly<ProjectDocument>,
    options: ProjectOptions,
    name = 'Untitled',
  ): Promise<Project> {
    await mkdir(this.untitledFolder, { recursive: true });
    const taken = new Set(await readdir(this.untitledFolder));
    for (let number = 1; ; number++) {
      const path = numberedPath(this.untitledFolder, name, number);
      if (taken.has(`${projectName(path)}${PROJECT_SUFFIX}`)) continue;
      return Project.create(path, document, { ...options, untitledFolder: this.untitledFolder });
    }
  }

  /** Call when a project was opened or moved by "save as". */
  async opened(path: string): Promise<void> {
    await mkdir(this.#markers, { recursive: true });
    const marker = markerSchema.parse({ path, opened: new Date().toISOString() });
    await writeFileAtomic(this.#markerOf(path), JSON.stringify(marker));
  }

  /** Call when a project was closed properly, and when the user declined to have it back. */
  async closed(path: string): Promise<void> {
    await rm(this.#markerOf(path), { force: true });
  }

  /** Projects that were open when their process died, newest first, with what is in them. */
  async unclosed(defaults: DocumentDefaults): Promise<UnclosedProject[]> {
    const found: UnclosedProject[] = [];
    for (const path of await this.#markedPaths()) {
      try {
        if ((await lockHolder(path)) !== null) continue;
        const { file } = await readOutside('projectFile', { folder: path, defaults }, { about: path });
        const { boxes } = file.document;
        found.push({
          path,
          name: projectName(path),
          modified: file.modified,
          boxes: boxes.length,
          results: file.results.length,
        });
      } catch {
        // Gone or unreadable: opening it from the recent projects says why; there is nothing to offer here.
        await this.closed(path);
      }
    }
    return found.sort((a, b) => (b.modified ?? '').localeCompare(a.modified ?? ''));
  }

  async #markedPaths(): Promise<string[]> {
    let names: string[];
    try {
      names = await readdir(this.#markers);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
    const paths: string[] = [];
    for (const name of names.filter((one) => one.endsWith('.json'))) {
      try {
        paths.push(markerSchema.parse(JSON.parse(await readLimited(join(this.#markers, name), 65_536))).path);
      } catch {
        await rm(join(this.#markers, name), { force: true });
      }
    }
    return paths;
  }

  #markerOf(path: string): string {
    return join(this.#markers, `${sha256(Buffer.from(path)).slice(0, 24)}.json`);
  }
}
