import type { Source } from '../../preload/contract/source.ts';
import type { ResultView } from '../../preload/contract/studioRecords.ts';
import { visibleBoxes } from '../editor/document.ts';
import { setSource } from '../editor/source.ts';
import { translate } from '../ui/i18n.ts';
import type { Studio } from '../ui/studio.ts';
import { scaledPicture } from './scaledPicture.ts';

/** The rim of what was there, which its mask may have missed, is this share of the picture's shorter side. */
const RIM = 1 / 64;

/** How much of a varied picture is made anew unless the user has said so. */
const VARY = 0.6;

/** How a chosen picture shows behind the boxes. */
const BACKDROP_OPACITY = 0.5;

/** Pictures that runs begin with: results that are repainted in part or varied, and the user's own. */
export class Sources {
  readonly #studio: Studio;

  constructor(studio: Studio) {
    this.#studio = studio;
  }

  /** Ids of the boxes that "repaint" means: those selected that a run would see. */
  get chosen(): string[] {
    const { document, selection } = this.#studio.editor.getSnapshot();
    return visibleBoxes(document)
      .map(({ id }) => id)
      .filter((id) => selection.includes(id));
  }

  /**
   * Paints the selected boxes anew in a result, along their masks, as the layout now has them: with another phrase, at
   * another place, or for the first time. Where they were is painted over.
   */
  async repaint(result: string): Promise<void> {
    const boxes = this.chosen;
    const { view, image } = await this.#open(result);
    const { request, boxes: seen } = view.result;
    const masks = seen.filter(({ id, area }) => boxes.includes(id) && area > 0).map(({ rle }) => rle);
    const grow = Math.max(2, Math.round(Math.min(request.width, request.height) * RIM));
    await this.#run({ image, denoise: 1, repaint: { boxes, masks, grow } });
  }

  /** Makes a picture like a result: the layout as it is now, begun with the result's picture. */
  async vary(result: string): Promise<void> {
    const { source } = this.#studio.editor.getSnapshot().document.settings;
    const { image } = await this.#open(result);
    const denoise = source?.repaint === null ? source.denoise : VARY;
    await this.#run({ image, denoise, repaint: null });
  }

  /**
   * The next runs begin with a PNG or JPEG of the user's, scaled to the layout's size; it also shows behind the boxes, so
   * that they can be drawn over what they are to repaint.
   */
  async choose(file: File): Promise<void> {
    const { api, projects, editor, results } = this.#studio;
    const project = projects.need();
    const { width, height } = editor.getSnapshot().document;
    const upload = await api.upload(await scaledPicture(file, { width, height }), file.name);
    const { image } = await api.call('sources.ofPicture', { project, upload });
    const backdrop = await api.call('project.addBackdrop', { project, upload });
    editor.settle();
    editor.edit('step.source', (document) => ({
      ...setSource(document, { image, denoise: VARY, repaint: null }),
      backdrop: { file: backdrop.file, opacity: BACKDROP_OPACITY },
    }));
    results.setMode('layout');
    this.#studio.toast(
      translate('source.chosen', { name: file.name, width, height }),
      this.#studio.undoAction(),
    );
  }

  /** Of the picture that runs begin with, only the selected boxes are to change. */
  repaintChosen(): void {
    const boxes = this.chosen;
    this.#change((source) => ({ ...source, denoise: 1, repaint: { boxes, masks: [], grow: 0 } }));
  }

  /** All of the picture that runs begin with is to change. */
  varyAll(): void {
    this.#change((source) => ({ ...source, denoise: VARY, repaint: null }));
  }

  /** Runs begin with noise again. */
  remove(): void {
    this.#studio.editor.edit('step.source', (document) => setSource(document, null));
  }

  #change(change: (source: Source) => Source): void {
    this.#studio.editor.edit('step.source', (document) => {
      const { source } = document.settings;
      return source === undefined ? document : setSource(document, change(source));
    });
  }

  async #open(result: string): Promise<{ view: ResultView; image: string }> {
    const { api, projects, editor, state } = this.#studio;
    const project = projects.need();
    const view = state.loaded[result]?.view ?? (await api.call('results.read', { project, result }));
    const { width, height } = view.result.request;
    const { document } = editor.getSnapshot();
    if (document.width !== width || document.height !== height) {
      throw new Error(translate('source.otherSize', { width, height }));
    }
    const { image } = await api.call('sources.ofResult', { project, result });
    return { view, image };
  }

  async #run(source: Source): Promise<void> {
    const { editor, runs } = this.#studio;
    editor.settle();
    editor.edit('step.source', (document) => setSource(document, source));
    await runs.generate();
  }
}
