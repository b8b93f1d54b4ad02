import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import type {
  Damage,
  LoadedResult,
  OpenProject,
  ProjectDocument,
  ProjectFile,
  ResultSummary,
  SaveState,
} from '../../preload/contract/project.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { readOutside } from '../reader/outside.ts';
import { exists } from './atomicFile.ts';
import { Autosave } from './autosave.ts';
import { addBackdrop, readBackdrop } from './backdrops.ts';
import { fileError } from './fileErrors.ts';
import type { ProjectLock } from './lock.ts';
import { projectPath } from './names.ts';
import { placeCopy } from './placeCopy.ts';
import { keepDamagedFile, newProjectFile, PROJECT_FILE, writeProjectFile } from './projectFile.ts';
import { checkDocument, createFolder, openFolder, type OpenedFolder } from './projectFolder.ts';
import { addResult, deleteResult, restoreResult, type FinishedRun } from './results.ts';
import { keepSource, readSource, type SourcePng } from './sourcePictures.ts';

export interface ProjectOptions {
  /** The program and its version, written into project.json. */
  writtenBy: string;
  /** For what is missing in a damaged project. */
  defaults: DocumentDefaults;
  /** The program's own folder for projects that the user has not saved anywhere yet. */
  untitledFolder?: string;
  onSave?: (state: SaveState) => void;
  /** Open although another process holds it. */
  force?: boolean;
}

/** An open project: the only writer of its folder. Every change is saved within a second. */
export class Project {
  #path: string;
  #file: ProjectFile;
  #lock: ProjectLock | null;
  /** The project.json on the disk is damaged: it is set aside, and the good backup kept, at the next write. */
  #damagedOnDisk: boolean;
  readonly #damage: Damage[];
  readonly #options: ProjectOptions;
  readonly #autosave: Autosave<ProjectFile>;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor({ path, file, damage, lock }: OpenedFolder, options: ProjectOptions) {
    this.#path = path;
    this.#file = file;
    this.#damage = damage;
    this.#damagedOnDisk = damage.some((one) => one.file.startsWith(PROJECT_FILE));
    this.#lock = lock;
    this.#options = options;
    this.#autosave = new Autosave<ProjectFile>({
      write: (value) => this.#write(value),
      ...(options.onSave === undefined ? {} : { onState: options.onSave }),
    });
  }

  /** A new project folder. @throws UserError when something is there already or it cannot be written */
  static async create(
    path: string,
    document: Readonly<ProjectDocument>,
    options: ProjectOptions,
  ): Promise<Project> {
    const folder = await createFolder(path, document, options.writtenBy);
    return Project.open(folder, options);
  }

  /**
   * Opens a project as far as it can be read; `view()` tells what could not. Where the folder cannot be written, it
   * opens read-only. Opening changes nothing in project.json.
   *
   * @throws ProjectLockedError when it is open elsewhere; NewerVersionError; UserError when there is no project
   */
  static async open(path: string, options: ProjectOptions): Promise<Project> {
    return new Project(await openFolder(path, options), options);
  }

  get path(): string {
    return this.#path;
  }

  get readOnly(): boolean {
    return this.#lock === null;
  }

  /** Whether it lies in the program's own folder still. */
  get untitled(): boolean {
    const { untitledFolder } = this.#options;
    return untitledFolder !== undefined && dirname(this.#path) === resolve(untitledFolder);
  }

  get document(): ProjectDocument {
    return this.#file.document;
  }

  /** Ids of the results, oldest first. */
  get results(): readonly string[] {
    return this.#file.results;
  }

  /** Whether there is something not yet on the disk. */
  get dirty(): boolean {
    return this.#autosave.dirty;
  }

  /** What the renderer gets. */
  async view(): Promise<OpenProject> {
    return {
      ...(await readOutside(
        'projectContents',
        { path: this.#path, file: this.#file, damage: this.#damage },
        // Time grows with the number of results.
        { about: this.#path, totalMs: null },
      )),
      untitled: this.untitled,
      readOnly: this.readOnly,
      recovered: this.#lock !== null && this.#lock.replaced !== null,
    };
  }

  /** The document changed: it is on the disk within a second. @throws UserError when it does not fit its schema */
  update(document: Readonly<ProjectDocument>): void {
    this.#change({ ...this.#file, document: checkDocument(document) });
  }

  /** Keeps a finished run. A run with an id can be given again after a failure: it is kept once. */
  async addResult(run: FinishedRun): Promise<ResultSummary> {
    return this.#exclusive(async () => {
      this.#checkWritable();
      // Writing would make a new folder in the place of one that was moved away.
      if (!(await exists(this.#path))) throw new UserError(sentence('project.gone', { path: this.#path }));
      const id = await addResult(this.#path, run);
      await this.#setResults([...this.#file.results.filter((other) => other !== id), id]);
      return this.#summaryOf(id);
    });
  }

  async deleteResult(id: string): Promise<void> {
    await this.#exclusive(async () => {
      this.#checkWritable();
      await deleteResult(this.#path, id);
      await this.#setResults(this.#file.results.filter((other) => other !== id));
    });
  }

  /** Undoes `deleteResult`: the result is back at its place in time. */
  async restoreResult(id: string): Promise<ResultSummary> {
    return this.#exclusive(async () => {
      this.#checkWritable();
      await restoreResult(this.#path, id);
      await this.#setResults([...this.#file.results.filter((other) => other !== id), id].sort());
      return this.#summaryOf(id);
    });
  }

  async pinResult(id: string, pinned: boolean): Promise<void> {
    await this.#exclusive(async () => {
      this.#checkWritable();
      await readOutside('pinResult', { project: this.#path, id, pinned }, { about: id });
    });
  }

  loadResult(id: string): Promise<LoadedResult> {
    return readOutside('loadResult', { project: this.#path, id }, { about: id });
  }

  /** Copies a picture into the project; returns what `document.backdrop.file` is to be. */
  async addBackdrop(bytes: Uint8Array, name: string): Promise<string> {
    return this.#exclusive(async () => {
      this.#checkWritable();
      return addBackdrop(this.#path, bytes, name);
    });
  }

  readBackdrop(file: string): Promise<{ bytes: Buffer; mime: string }> {
    return readBackdrop(this.#path, file);
  }

  /** Keeps a picture that runs begin with; `document.settings.source.image` names it. */
  async keepSource(source: SourcePng): Promise<void> {
    await this.#exclusive(async () => {
      this.#checkWritable();
      await keepSource(this.#path, source);
    });
  }

  readSource(image: string): Promise<Buffer> {
    return readSource(this.#path, image);
  }

  /** Resolves when everything is on the disk. @throws UserError saying why it cannot be */
  flush(): Promise<void> {
    return this.#autosave.flush();
  }

  /**
   * Copies the project to another place and goes on there; an untitled one moves. On any failure it stays where it is.
   *
   * @param options.overwrite replace a project that is there (never one that is open)
   */
  async saveAs(path: string, { overwrite = false }: { overwrite?: boolean } = {}): Promise<void> {
    const target = projectPath(resolve(path));
    if (target === this.#path) return this.flush();
    await this.#exclusive(async () => {
      const { id } = newProjectFile(this.#file.document, this.#options.writtenBy);
      // Moved or deleted meanwhile: what is in memory is saved, and the results stay where they went.
      const gone = !(await exists(this.#path));
      const left = (): Pick<ProjectFile, 'id' | 'results'> => ({
        id,
        results: gone ? [] : this.#file.results,
      });
      const copy = { ...this.#file, ...left() };
      const lock = await placeCopy(gone ? null : this.#path, target, copy, overwrite);
      const previous = { path: this.#path, lock: this.#lock, untitled: this.untitled };
      this.#path = target;
      this.#lock = lock;
      this.#damagedOnDisk = false;
      this.#damage.length = 0;
      // What changed while the files were copied is in memory only.
      this.#change({ ...this.#file, ...left() });
      // The copy is whole. An edit of the last moment that cannot be written is told as such and tried again.
      await this.#autosave.flush().catch(() => undefined);
      await previous.lock?.release().catch(() => undefined);
      if (previous.untitled) await rm(previous.path, { recursive: true, force: true }).catch(() => undefined);
    });
  }

  /**
   * Saves what is unsaved and lets go of the folder. @throws UserError when it could not be saved; the project then
   * stays open, so that it can be saved elsewhere (or closed with `discard`)
   */
  async close({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    await this.#exclusive(async () => {
      if (this.#closed) return;
      if (discard) this.#autosave.cancel();
      await this.#autosave.flush();
      this.#closed = true;
      await this.#lock?.release();
    });
  }

  /** Closes an untitled project and removes it: the user does not want to keep it. */
  async discardUntitled(): Promise<void> {
    if (!this.untitled) throw new UserError(`${this.#path} has been saved and is not discarded.`);
    await this.close({ discard: true });
    await rm(this.#path, { recursive: true, force: true });
  }

  #summaryOf(id: string): Promise<ResultSummary> {
    return readOutside('resultSummary', { project: this.#path, id }, { about: id });
  }

  /** Operations on folders wait for each other: a result must not arrive while the project is being copied. */
  #exclusive<T>(job: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(job);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #setResults(results: string[]): Promise<void> {
    this.#change({ ...this.#file, results });
    await this.flush();
  }

  #change(file: ProjectFile): void {
    this.#checkWritable();
    this.#file = file;
    this.#autosave.change(file);
  }

  #checkWritable(): void {
    if (this.#closed) throw new UserError(`${this.#path} is closed.`);
    if (this.readOnly)
      throw new UserError(`${this.#path} cannot be written: save it under another name first.`);
  }

  async #write(file: ProjectFile): Promise<void> {
    const path = this.#path;
    try {
      if (!(await exists(path))) throw new UserError(sentence('project.gone', { path }));
      if (this.#lock === null || !(await this.#lock.isHeld())) {
        throw new UserError(sentence('project.taken', { path }));
      }
      if (this.#damagedOnDisk) await keepDamagedFile(path);
      const saved = { ...file, modified: new Date().toISOString(), writtenBy: this.#options.writtenBy };
      await writeProjectFile(path, saved, !this.#damagedOnDisk);
      this.#damagedOnDisk = false;
    } catch (error) {
      throw fileError('save', path, error);
    }
  }
}
