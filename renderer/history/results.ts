import { traceSchema } from '../../preload/contract/project.ts';
import type { Trace } from '../../preload/contract/project.ts';
import type { CallArgs } from '../../preload/contract/studio.ts';
import type { Delivery, HistoryEntry, ShowMode } from '../../preload/contract/studioRecords.ts';
import { makerDifferences } from '../run/reproduction.ts';
import { translate } from '../ui/i18n.ts';
import type { Studio } from '../ui/studio.ts';
import { differences } from './differences.ts';

export type ExportKind = CallArgs<'exports.run'>['kind'];

/** The history: what is shown of it, compared, kept, thrown away and sent out. */
export class Results {
  readonly #studio: Studio;
  /** The last one asked for: one that took longer to load must not replace it. */
  #wanted: string | null = null;

  constructor(studio: Studio) {
    this.#studio = studio;
  }

  byId(id: string | null): HistoryEntry | undefined {
    return this.#studio.state.results.find((entry) => entry.id === id);
  }

  /** A job has finished: it is shown unless the user is looking at something else. Resolves when it is. */
  async added(entry: HistoryEntry): Promise<void> {
    const { state } = this.#studio;
    this.#studio.set({ results: [...state.results.filter(({ id }) => id !== entry.id), entry] });
    await this.#compareMakers(entry);
    if (entry.baselineOf !== null) {
      if (state.baselineFor?.result === entry.baselineOf) {
        // What it promised is there.
        this.#studio.dismiss(state.baselineFor.toast);
        this.#studio.set({ baselineFor: null });
        await this.show(entry.baselineOf);
        await this.compareWith(entry.id);
      }
    } else if (state.watching) {
      // More to come: the canvas goes on showing the run that is next, which may have begun while this one was written.
      const { handle } = this.#studio.projects;
      const more = state.jobs.some((job) => job.project === handle && job.baselineOf === null);
      await this.#put(entry.id, { watching: more });
    }
  }

  /** Tells when a picture was made again, but by other weights, on another device or by another version. */
  async #compareMakers(entry: HistoryEntry): Promise<void> {
    const { reproduction } = this.#studio.state;
    if (reproduction === null || differences(entry.request, reproduction.request).length > 0) {
      return;
    }
    this.#studio.set({ reproduction: null });
    await this.#load(entry.id);
    const view = this.#studio.state.loaded[entry.id]?.view;
    const what = view === undefined ? [] : makerDifferences(reproduction.madeBy, view.result);
    if (what.length > 0) {
      const { name } = reproduction;
      this.#studio.toast(translate('import.madeOtherwise', { name, what: what.join(', ') }));
    }
  }

  /**
   * Puts a result under the boxes; the user chose it, so a grid of variations makes room.
   *
   * @param watching a running job lies over it
   * @param keepMode the layout alone stays what is shown: nobody has asked for this result
   */
  async show(
    id: string,
    { watching = false, keepMode = false }: { readonly watching?: boolean; readonly keepMode?: boolean } = {},
  ): Promise<void> {
    await this.#put(id, { watching, keepMode });
    const { batch } = this.#studio.state;
    if (batch?.open === true) {
      this.#studio.set({ batch: { ...batch, open: false } });
    }
  }

  async #put(
    id: string,
    { watching, keepMode = false }: { readonly watching: boolean; readonly keepMode?: boolean },
  ): Promise<void> {
    this.#wanted = id;
    await this.#load(id);
    if (this.#wanted !== id) {
      return;
    }
    const { state } = this.#studio;
    this.#studio.set({
      shown: id,
      watching,
      scrub: null,
      compare: null,
      mode: state.mode === 'layout' && !keepMode ? 'image' : state.mode,
    });
  }

  setMode(mode: ShowMode): void {
    this.#studio.set({ mode });
  }

  /** The user's own choice of a view: it is there again after a reload and in the next project. */
  chooseMode(mode: ShowMode): void {
    this.setMode(mode);
    if (this.#studio.state.info?.preferences.view !== mode) {
      this.#studio.attempt(() => this.#studio.library.setPreferences({ view: mode }));
    }
  }

  scrubTo(step: number | null): void {
    this.#studio.set({ scrub: step, compare: null });
  }

  /** The slider: a result on the right of the one that is shown. */
  async compareWith(id: string | null): Promise<void> {
    if (id !== null) {
      await this.#load(id);
    }
    this.#studio.set({ compare: id, scrub: null, mode: id === null ? this.#studio.state.mode : 'image' });
  }

  /** Compares with the run without ISAC, which is made when it is not there yet. */
  async compareWithoutIsac(): Promise<void> {
    const { state, runs } = this.#studio;
    const entry = this.byId(state.shown);
    if (entry === undefined) {
      return;
    }
    const baseline = state.results.find(({ baselineOf }) => baselineOf === entry.id);
    if (baseline !== undefined) {
      await this.compareWith(baseline.id);
    } else if (entry.request.isac.method === 'none') {
      this.#studio.toast(translate('compare.isPlain'));
    } else {
      await runs.baseline(entry.id, entry.request);
    }
  }

  /** The layout and settings of a result, as one undo step. */
  async restore(id: string): Promise<void> {
    const { api, projects, editor } = this.#studio;
    const document = await api.call('results.document', { project: projects.need(), result: id });
    editor.edit(
      'step.restore',
      (current) => ({ ...document, backdrop: current.backdrop, seedMode: 'locked' }),
      () => [],
    );
    await this.show(id);
    this.#studio.toast(translate('history.restored'), this.#studio.undoAction());
  }

  async pin(id: string, pinned: boolean): Promise<void> {
    await this.#studio.api.call('results.pin', { project: this.#studio.projects.need(), result: id, pinned });
    this.#studio.set({
      results: this.#studio.state.results.map((entry) => (entry.id === id ? { ...entry, pinned } : entry)),
    });
  }

  async remove(id: string): Promise<void> {
    const { api, projects, state } = this.#studio;
    const project = projects.need();
    const at = state.results.findIndex((entry) => entry.id === id);
    await api.call('results.remove', { project, result: id });
    this.#studio.set({
      results: this.#studio.state.results.filter((entry) => entry.id !== id),
      shown: state.shown === id ? null : state.shown,
      compare: state.compare === id || state.shown === id ? null : state.compare,
    });
    this.#studio.toast(translate('history.removed'), {
      label: translate('action.undo'),
      run: () =>
        this.#studio.attempt(async () => {
          const entry = await api.call('results.restore', { project, result: id });
          const results = [...this.#studio.state.results];
          results.splice(at, 0, entry);
          this.#studio.set({ results });
          await this.show(id);
        }),
    });
  }

  async export(kind: ExportKind, ids: readonly string[]): Promise<void> {
    const { api, projects } = this.#studio;
    const delivery = await api.call('exports.run', { project: projects.need(), kind, results: [...ids] });
    if (delivery !== null) {
      this.deliver(delivery);
    }
  }

  /** Files on the disk are named; a browser downloads. */
  deliver(delivery: Delivery): void {
    if (delivery.to === 'disk') {
      const [first] = delivery.paths;
      this.#studio.toast(
        translate(delivery.paths.length === 1 ? 'export.written' : 'export.writtenMany', {
          path: first ?? '',
          count: delivery.paths.length,
        }),
      );
      return;
    }
    const link = document.createElement('a');
    link.href = delivery.href;
    link.download = delivery.name;
    link.click();
    this.#studio.toast(translate('export.downloaded', { name: delivery.name }));
  }

  async copyImage(id: string): Promise<void> {
    const { api, projects, state } = this.#studio;
    if (state.info?.shell === 'electron') {
      await api.call('clipboard.copyImage', { project: projects.need(), result: id });
    } else {
      const href = this.byId(id)?.image;
      if (!href) {
        throw new Error(translate('history.noImage'));
      }
      // Safari and Chrome want the promise inside the item, made within the user's gesture.
      const blob = fetch(href).then((response) => response.blob());
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
    }
    this.#studio.toast(translate('history.copied'));
  }

  async #load(id: string): Promise<void> {
    if (this.#studio.state.loaded[id] !== undefined) {
      return;
    }
    const { api, projects } = this.#studio;
    const view = await api.call('results.read', { project: projects.need(), result: id });
    if (view.changed.length > 0) {
      this.#studio.toast(translate('history.changed', { files: view.changed.join(', ') }));
    }
    const trace = view.trace === null ? null : await readTrace(view.trace);
    const { loaded } = this.#studio.state;
    // Traces are some hundred KB each: only the last few stay.
    const kept = Object.entries(loaded).slice(-7);
    this.#studio.set({ loaded: { ...Object.fromEntries(kept), [id]: { view, trace } } });
  }
}

async function readTrace(href: string): Promise<Trace | null> {
  try {
    const response = await fetch(href);
    const parsed = traceSchema.safeParse(await response.json());
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
