import type { RecentProject } from '../../preload/contract/project.ts';
import { recentProjectSchema } from '../../preload/contract/project.ts';
import { writeFileAtomic } from './atomicFile.ts';
import { projectName } from './names.ts';
import { readLimited } from './readFiles.ts';
import { changeShared } from './sharedFile.ts';

const MAX_RECENT = 20;

/**
 * The list of recent projects in a file of the user's data folder. The list is a convenience: a file that is missing,
 * damaged or in part unreadable gives what can be read of it and never an error.
 */
export class RecentProjects {
  readonly #path: string;

  /** @param path the list's file, made when needed */
  constructor(path: string) {
    this.#path = path;
  }

  /** Newest first. */
  async list(): Promise<RecentProject[]> {
    let raw: unknown;
    try {
      raw = JSON.parse(await readLimited(this.#path, 2 ** 20));
    } catch {
      return [];
    }
    if (!Array.isArray(raw)) return [];
    const entries = raw.flatMap((value: unknown) => {
      const parsed = recentProjectSchema.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
    return entries.slice(0, MAX_RECENT);
  }

  /** Puts a project at the top. */
  add(path: string): Promise<void> {
    const entry = { path, name: projectName(path), opened: new Date().toISOString() };
    return this.#change((entries) => [entry, ...entries.filter((other) => other.path !== path)]);
  }

  remove(path: string): Promise<void> {
    return this.#change((entries) => entries.filter((other) => other.path !== path));
  }

  #change(change: (entries: RecentProject[]) => RecentProject[]): Promise<void> {
    return changeShared(this.#path, async () => {
      const entries = change(await this.list()).slice(0, MAX_RECENT);
      await writeFileAtomic(this.#path, `${JSON.stringify(entries, null, 2)}\n`);
    });
  }
}
