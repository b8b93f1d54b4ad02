import type { ErrorCode } from '../../preload/contract/studio.ts';
import type { OpenedProject, ProjectHandle } from '../../preload/contract/studioRecords.ts';
import { StudioError } from '../../preload/contract/studioClient.ts';
import { errorText, translate } from '../ui/i18n.ts';
import { setSource } from '../editor/source.ts';
import { DocumentSaver } from './documentSaver.ts';
import { applyTheme } from './library.ts';
import { forgetUnsent, unsentOf } from './unsent.ts';
import type { ProjectInfo } from '../ui/state.ts';
import type { Studio } from '../ui/studio.ts';

const HANDLE_KEY = 'isac-studio-project';

/** The open project: its start, and changing to another one. */
export class Projects {
  readonly #studio: Studio;
  readonly #saver: DocumentSaver;

  constructor(studio: Studio) {
    this.#studio = studio;
    this.#saver = new DocumentSaver(studio);
    const { api } = studio;
    api.on('save', ({ project, save }) => {
      if (project === this.handle) {
        this.#saver.noted(save);
        studio.set({ save });
      }
    });
    api.on('closed', ({ project, message }) => {
      if (project === this.handle) {
        this.#lose(message);
      }
    });
    api.on('openRequest', ({ path }) => studio.attempt(() => this.open(path)));
    api.onConnection((connection) => {
      const before = studio.state.connection;
      studio.set({ connection });
      if (connection === 'connected' && before !== 'connected' && studio.state.boot === 'open') {
        studio.attempt(() => this.#reconnected());
      }
    });
  }

  get handle(): ProjectHandle | null {
    return this.#studio.state.project?.handle ?? null;
  }

  /** @throws when there is no project, which no enabled command lets happen */
  need(): ProjectHandle {
    const { handle } = this;
    if (handle === null) {
      throw new Error(translate('project.none'));
    }
    return handle;
  }

  /** The first call of all: what to open, in this order: what this page had, what a crash left, the last one. */
  async start(): Promise<void> {
    const { api, library } = this.#studio;
    this.#studio.set({ connection: api.connection });
    const info = await api.call('app.info', {});
    this.#studio.set({ info, mode: info.preferences.view });
    applyTheme(info.preferences.theme);
    const [lists, jobs] = await Promise.all([
      api.call('projects.list', {}),
      api.call('jobs.list', {}),
      library.load(),
    ]);
    this.#studio.set({ lists, jobs });
    this.#studio.attempt(() => library.loadDevices());
    if (await this.#resume()) {
      return;
    }
    if (lists.unclosed.length > 0) {
      this.#studio.set({ boot: 'recover' });
      return;
    }
    await this.openFirst();
  }

  /** The example at the very first start, else the last project, else a new one. */
  async openFirst(): Promise<void> {
    const { api, state } = this.#studio;
    if (state.info?.firstStart === true) {
      this.#adopt(await api.call('project.openExample', {}));
      return;
    }
    const last = state.lists.recent[0];
    if (last !== undefined) {
      try {
        this.#adopt(await api.call('project.open', { path: last.path }));
        return;
      } catch (error) {
        // A second window is there for another project. Gone, damaged beyond reading or open elsewhere: say so.
        if (codeOf(error) !== 'otherWindow') {
          this.#studio.report(error);
        }
      }
    }
    this.#adopt(await api.call('project.create', {}));
  }

  async #resume(): Promise<boolean> {
    const handle = sessionStorage.getItem(HANDLE_KEY);
    if (handle === null) {
      return false;
    }
    try {
      const opened = await this.#studio.api.call('project.view', { project: handle });
      // How it was found was told when it was opened.
      this.#adopt({ ...opened, recovered: false });
      // What could not be saved before is tried again: the page would call it saved until the next change.
      this.#studio.api.call('project.flush', { project: handle }).catch(() => undefined);
      return true;
    } catch {
      sessionStorage.removeItem(HANDLE_KEY);
      return false;
    }
  }

  async create(): Promise<void> {
    await this.#change(() => this.#studio.api.call('project.create', {}));
  }

  async openExample(): Promise<void> {
    await this.#change(() => this.#studio.api.call('project.openExample', {}));
  }

  /** Opens a project; one that is open elsewhere asks first. */
  async open(path: string, force = false): Promise<void> {
    try {
      await this.#change(() => this.#studio.api.call('project.open', { path, force }));
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'locked' && code !== 'otherWindow') {
        throw error;
      }
      this.#studio.open({
        kind: 'locked',
        path,
        message: errorText(error),
      });
    }
  }

  async openDialog(): Promise<void> {
    if (this.#studio.state.info?.shell === 'electron') {
      await this.#change(() => this.#studio.api.call('project.openDialog', {}));
    } else {
      await this.refreshLists();
      this.#studio.open({ kind: 'projects' });
    }
  }

  async refreshLists(): Promise<void> {
    this.#studio.set({ lists: await this.#studio.api.call('projects.list', {}) });
  }

  async forget(path: string): Promise<void> {
    await this.#studio.api.call('projects.forget', { path });
    await this.refreshLists();
  }

  async rename(name: string): Promise<void> {
    const { project } = this.#studio.state;
    if (project === null || name.trim() === '' || name.trim() === project.name) {
      return;
    }
    const place = await this.#studio.api.call('project.rename', { project: project.handle, name });
    this.#studio.set({ project: { ...project, ...place } });
  }

  async saveAs(name?: string, overwrite = false): Promise<void> {
    const handle = this.need();
    // Where it is now it may not be possible to save, which is why it is to go elsewhere.
    this.#studio.editor.settle();
    await this.#saver.send();
    const named = name === undefined ? {} : { name };
    const place = await this.#studio.api.call('project.saveAs', { project: handle, overwrite, ...named });
    const { project } = this.#studio.state;
    if (place !== null && project !== null) {
      const { results, readOnly } = await this.#studio.api.call('project.view', { project: handle });
      const lost = this.#studio.state.results.length - results.length;
      this.#studio.set({ project: { ...project, ...place, readOnly }, results });
      if (project.readOnly && !readOnly) {
        // What was changed where nothing could be written was never sent.
        this.#saver.doubt();
        await this.#saver.send();
      }
      this.#studio.toast(
        lost > 0
          ? translate('project.savedWithout', { path: place.path, count: lost })
          : translate('project.savedAs', { path: place.path }),
      );
    }
  }

  /** An uploaded archive, or one that the system's dialog asks for. */
  async importZip(upload?: string): Promise<void> {
    const args = upload === undefined ? {} : { upload };
    await this.#change(() => this.#studio.api.call('project.importZip', args));
  }

  async exportZip(): Promise<void> {
    const project = this.need();
    await this.flush();
    const delivery = await this.#studio.api.call('project.exportZip', { project });
    if (delivery !== null) {
      this.#studio.results.deliver(delivery);
    }
  }

  /** Everything that was changed is on the disk when this resolves. */
  async flush(): Promise<void> {
    await this.#saver.flush(this.need());
  }

  /** The other end is back: perhaps the same, perhaps a fresh process that has to open the project again. */
  async #reconnected(): Promise<void> {
    const { api, state } = this.#studio;
    const { project } = state;
    if (project === null || state.closed !== null) {
      return;
    }
    let opened: OpenedProject;
    try {
      opened = await api.call('project.view', { project: project.handle });
    } catch (error) {
      if (error instanceof StudioError && error.sentence?.id === 'project.elsewhere') {
        // Taken while this page was away: taking it back would write over what was drawn there.
        this.#lose(errorText(error));
        return;
      }
      opened = await api.call('project.open', { path: project.path, force: true });
    }
    // The document stays the one on the canvas: it may hold what was never sent.
    this.#saver.doubt();
    this.#remember(opened.handle);
    this.#studio.set({
      project: projectInfo(opened),
      results: opened.results,
      live: null,
    });
    this.#studio.runs.sync(await api.call('jobs.list', {}));
    await this.#saver.send();
  }

  /** The project belongs to another window now: nothing that is drawn here could be kept in it. */
  #lose(message: string): void {
    this.#studio.editor.setReadOnly(true);
    this.#studio.set({ closed: message, save: null });
  }

  /** The layout on the canvas as a project of its own, after the open one was taken by another window. */
  async keepCopy(): Promise<void> {
    const { api, editor, state } = this.#studio;
    const { settled } = editor.getSnapshot();
    this.#adopt(await api.call('project.create', {}));
    // Backdrop and source picture are files of the other project.
    editor.edit('step.import', () => setSource({ ...settled, backdrop: null }, null));
    await this.flush();
    if (state.project !== null) {
      // It is kept now: it must not come back over what the other window makes of the project.
      forgetUnsent(state.project.path);
    }
    this.#studio.toast(translate('lost.kept', { name: this.#studio.state.project?.name ?? '' }));
  }

  async #change(next: () => Promise<OpenedProject | null>): Promise<void> {
    const { api, state } = this.#studio;
    const before = state.project;
    if (before !== null && state.closed === null) {
      await this.flush();
    }
    const opened = await next();
    if (opened === null) {
      return;
    }
    this.#adopt(opened);
    if (before !== null && before.handle !== opened.handle && state.closed === null) {
      await api.call('project.close', { project: before.handle });
    }
  }

  #remember(handle: ProjectHandle): void {
    sessionStorage.setItem(HANDLE_KEY, handle);
  }

  #adopt(opened: OpenedProject): void {
    const { document, results } = opened;
    const project = projectInfo(opened);
    this.#remember(project.handle);
    const { editor, api } = this.#studio;
    // Before the editor tells its listeners: what was just read need not be written.
    this.#studio.set({ project: null });
    editor.setReadOnly(false);
    editor.load(document);
    this.#saver.adopted();
    editor.setTool(document.boxes.length === 0 ? 'draw' : 'select');
    this.#studio.set({
      project,
      results,
      boot: 'open',
      closed: null,
      save: null,
      failure: null,
      live: null,
      watching: false,
      batch: null,
      shown: null,
      loaded: {},
      scrub: null,
      compare: null,
      baselineFor: null,
      reproduction: null,
      dialog: project.damage.length > 0 ? { kind: 'damage' } : null,
    });
    if (project.recovered) {
      this.#studio.toast(translate('project.recovered', { name: project.name }));
    }
    this.#studio.runs.sync(this.#studio.state.jobs);
    // Its run goes on, as after a reload: it is watched on.
    const watching = this.#studio.state.live !== null;
    this.#studio.set({ watching });
    const last = results.at(-1);
    if (last !== undefined) {
      this.#studio.attempt(() => this.#studio.results.show(last.id, { watching, keepMode: true }));
    }
    this.#takeUnsent(project);
    api
      .call('projects.list', {})
      .then((lists) => this.#studio.set({ lists }))
      .catch(() => undefined);
  }

  /** What was drawn in this project while nobody could save it, as one step that can be undone. */
  #takeUnsent({ path, readOnly }: ProjectInfo): void {
    const unsent = readOnly ? null : unsentOf(path);
    if (unsent !== null) {
      this.#studio.editor.edit(
        'step.unsent',
        () => unsent,
        () => [],
      );
      this.#studio.toast(translate('project.unsent'), this.#studio.undoAction());
    }
  }
}

function codeOf(error: unknown): ErrorCode | null {
  return error instanceof StudioError ? error.code : null;
}

function projectInfo(opened: OpenedProject): ProjectInfo {
  const { handle, id, path, name, untitled, readOnly, recovered, damage } = opened;
  return { handle, id, path, name, untitled, readOnly, recovered, damage };
}
