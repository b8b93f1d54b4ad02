import { randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { resultHref } from '../../preload/contract/hrefs.ts';
import type { ResultSummary, SaveState } from '../../preload/contract/project.ts';
import type { HistoryEntry, OpenedProject } from '../../preload/contract/studioRecords.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { exists } from '../projects/atomicFile.ts';
import { fileError } from '../projects/fileErrors.ts';
import { PROJECT_SUFFIX, projectName, projectPath, safeName } from '../projects/names.ts';
import { Project, type ProjectOptions } from '../projects/projectStore.ts';
import type { RecentProjects } from '../projects/recent.ts';
import { IMAGE } from '../projects/resultFiles.ts';
import type { Session } from '../projects/session.ts';
import type { Clients } from './clients.ts';

/** The project is open in another window of this program. */
export class OpenElsewhereError extends UserError {}

export interface OpenEntry {
  readonly handle: string;
  project: Project;
  /** The client that it belongs to; the only one that may change it. */
  owner: string;
}

type BaseOptions = Omit<ProjectOptions, 'force' | 'onSave'>;

/** The open projects by handle, and which window each belongs to. */
export class OpenProjects {
  readonly #clients: Clients;
  readonly #session: Session;
  readonly #recent: RecentProjects;
  readonly #options: () => Promise<BaseOptions>;
  readonly #entries = new Map<string, OpenEntry>();
  /** Opening, moving and closing wait for each other. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Told of every change of what is saved. */
  onSave: (handle: string, state: SaveState) => void = () => undefined;

  constructor(parts: {
    clients: Clients;
    session: Session;
    recent: RecentProjects;
    options: () => Promise<BaseOptions>;
  }) {
    this.#clients = parts.clients;
    this.#session = parts.session;
    this.#recent = parts.recent;
    this.#options = parts.options;
  }

  get entries(): readonly OpenEntry[] {
    return [...this.#entries.values()];
  }

  /** For reading: whoever has the handle may. @throws UserError when it is not open */
  find(handle: string): OpenEntry {
    const entry = this.#entries.get(handle);
    if (entry === undefined) throw new UserError(sentence('project.notOpen', {}));
    return entry;
  }

  /** For changing. @throws UserError when it is not open or belongs to another window by now */
  own(handle: string, client: string): OpenEntry {
    const entry = this.find(handle);
    if (entry.owner !== client) throw new UserError(sentence('project.elsewhere', {}));
    return entry;
  }

  /** Opens what `make` makes. */
  async start(client: string, make: (options: ProjectOptions) => Promise<Project>): Promise<OpenedProject> {
    return this.#exclusive(async () => {
      const handle = randomUUID();
      const project = await make(await this.#optionsOf(handle));
      return this.#enter({ handle, project, owner: client });
    });
  }

  /** @throws OpenElsewhereError and ProjectLockedError unless `force` */
  async open(client: string, path: string, force: boolean): Promise<OpenedProject> {
    return this.#exclusive(async () => {
      const folder = projectPath(resolve(path));
      const entry = this.entries.find(({ project }) => project.path === folder);
      if (entry === undefined) {
        const handle = randomUUID();
        const project = await Project.open(path, { ...(await this.#optionsOf(handle)), force });
        return this.#enter({ handle, project, owner: client });
      }
      if (entry.owner !== client && this.#clients.has(entry.owner)) {
        if (!force) throw new OpenElsewhereError(`${folder} is already open in another window.`);
        const message = `${entry.project.path} was opened in another window.`;
        this.#clients.send(entry.owner, 'closed', { project: entry.handle, message });
      }
      entry.owner = client;
      // How it was found was told to the window that opened it first.
      return { ...(await this.view(entry)), recovered: false };
    });
  }

  async saveAs(entry: OpenEntry, path: string, overwrite: boolean): Promise<void> {
    await this.#exclusive(async () => {
      const before = entry.project.path;
      await entry.project.saveAs(path, { overwrite });
      await this.#moved(before, entry.project.path);
    });
  }

  /** Renames the folder where it is. @throws UserError when there is one of that name; it is then as before */
  async rename(entry: OpenEntry, name: string): Promise<void> {
    await this.#exclusive(async () => {
      const before = entry.project.path;
      const target = join(dirname(before), `${safeName(name, 'Project')}${PROJECT_SUFFIX}`);
      if (target === before) return;
      if (entry.project.readOnly)
        throw new UserError(`${before} cannot be written: save it under another name.`);
      const changesCaseOnly = target.toLowerCase() === before.toLowerCase();
      if (!changesCaseOnly && (await exists(target)))
        throw new UserError(sentence('project.exists', { path: target }));
      const options = await this.#optionsOf(entry.handle, entry.project.untitled);
      await entry.project.close();
      let now = before;
      try {
        await rename(before, target);
        now = target;
      } catch (error) {
        throw fileError('rename', before, error);
      } finally {
        entry.project = await Project.open(now, options);
      }
      await this.#moved(before, now);
    });
  }

  /** @throws UserError when it could not be saved; it then stays open */
  async close(entry: OpenEntry, discard: boolean): Promise<void> {
    await this.#exclusive(async () => {
      const { project } = entry;
      const { path } = project;
      if (discard && project.untitled) {
        await project.discardUntitled();
        await this.#recent.remove(path);
      } else {
        await project.close({ discard });
      }
      this.#entries.delete(entry.handle);
      await this.#session.closed(path);
    });
  }

  async view({ handle, project }: OpenEntry): Promise<OpenedProject> {
    const view = await project.view();
    return { ...view, handle, results: view.results.map((summary) => historyEntry(handle, summary)) };
  }

  async #enter(entry: OpenEntry): Promise<OpenedProject> {
    this.#entries.set(entry.handle, entry);
    const { path } = entry.project;
    // Both lists are conveniences: a full disk must not keep a project from opening.
    await this.#session.opened(path).catch(() => undefined);
    await this.#recent.add(path).catch(() => undefined);
    return this.view(entry);
  }

  async #moved(before: string, now: string): Promise<void> {
    if (before === now) return;
    await this.#session.closed(before).catch(() => undefined);
    await this.#session.opened(now).catch(() => undefined);
    if (!(await exists(before))) await this.#recent.remove(before).catch(() => undefined);
    await this.#recent.add(now).catch(() => undefined);
  }

  async #optionsOf(handle: string, untitled = true): Promise<ProjectOptions> {
    const { untitledFolder, ...options } = await this.#options();
    return {
      ...options,
      ...(untitled && untitledFolder !== undefined ? { untitledFolder } : {}),
      onSave: (save) => {
        const entry = this.#entries.get(handle);
        if (entry !== undefined) this.#clients.send(entry.owner, 'save', { project: handle, save });
        this.onSave(handle, save);
      },
    };
  }

  #exclusive<T>(job: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(job);
    this.#queue = run.catch(() => undefined);
    return run;
  }
}

/** The history's line with addresses in place of pictures. */
export function historyEntry(handle: string, { thumbnail, ...summary }: ResultSummary): HistoryEntry {
  const { id, missing } = summary;
  return {
    ...summary,
    image: missing.includes(IMAGE) ? null : resultHref(handle, id, IMAGE),
    thumbnail: thumbnail === null ? null : resultHref(handle, id, thumbnail),
  };
}

/** `Name.isac` in a folder. @throws UserError for a name without any usable character */
export function pathOfName(folder: string, name: string): string {
  const safe = safeName(projectName(name), '');
  if (safe === '') throw new UserError(sentence('project.badName', { name }));
  return join(folder, `${safe}${PROJECT_SUFFIX}`);
}
