import type { SaveState } from '../../preload/contract/project.ts';
import type { ProjectHandle } from '../../preload/contract/studioRecords.ts';
import type { LayoutDocument } from '../editor/document.ts';
import { errorText } from '../ui/i18n.ts';
import type { Studio } from '../ui/studio.ts';
import { forgetUnsent, keepUnsent } from './unsent.ts';

/** Shorter than the main process's own second: what is typed reaches it while it is still in the air. */
const SAVE_DELAY = 200;

/** Sends the document of the open project to the main process a moment after every change. */
export class DocumentSaver {
  readonly #studio: Studio;
  #sent: LayoutDocument | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What was sent did not reach the disk. */
  #failing = false;

  constructor(studio: Studio) {
    this.#studio = studio;
    studio.editor.subscribe(() => this.#schedule());
    studio.api.on('quitting', () => this.sendNow());
    window.addEventListener('pagehide', () => this.sendNow());
  }

  /** What the editor holds was just read: it need not be written. */
  adopted(): void {
    this.#failing = false;
    this.#sent = this.#studio.editor.getSnapshot().settled;
  }

  /**
   * How the last save went. What the disk does not take is kept in the browser, too, until it is saved: the studio may end
   * before there is room again.
   */
  noted(save: SaveState): void {
    const { project } = this.#studio.state;
    if (project === null) {
      return;
    }
    if (save.state === 'failed') {
      this.#failing = true;
      keepUnsent(project.path, this.#studio.editor.getSnapshot().settled);
    } else if (save.state === 'saved') {
      this.#failing = false;
      forgetUnsent(project.path);
    }
  }

  /** The other end may know nothing of what was sent: the next `send` sends it whatever it is. */
  doubt(): void {
    this.#sent = null;
  }

  /** Everything that was changed is on the disk when this resolves. */
  async flush(project: ProjectHandle): Promise<void> {
    this.#studio.editor.settle();
    await this.send();
    await this.#studio.api.call('project.flush', { project });
  }

  /** Sends what is not sent yet; does not wait for the disk. */
  async send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { settled } = this.#studio.editor.getSnapshot();
    const { project, closed } = this.#studio.state;
    if (project === null || project.readOnly || settled === this.#sent || closed !== null) {
      return;
    }
    const before = this.#sent;
    this.#sent = settled;
    try {
      await this.#studio.api.call('project.save', { project: project.handle, document: settled });
      if (this.#failing) {
        keepUnsent(project.path, settled);
      } else {
        forgetUnsent(project.path);
      }
    } catch (error) {
      // Not there yet: the next change or the next connection sends it again.
      this.#sent = this.#sent === settled ? before : this.#sent;
      throw error;
    }
  }

  /** The page or the program goes: there is no time for an answer. */
  sendNow(): void {
    if (this.#studio.state.project !== null) {
      this.#studio.editor.settle();
      this.send().catch(() => undefined);
    }
  }

  #schedule(): void {
    const { settled } = this.#studio.editor.getSnapshot();
    const { project, closed } = this.#studio.state;
    if (project === null || closed !== null || settled === this.#sent || this.#timer !== undefined) {
      return;
    }
    this.#studio.set({ save: { state: 'pending' } });
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const { connection, project, closed } = this.#studio.state;
      if (connection !== 'connected') {
        if (project !== null && !project.readOnly && closed === null) {
          keepUnsent(project.path, this.#studio.editor.getSnapshot().settled);
        }
      } else {
        this.send().catch((error: unknown) => {
          this.#studio.set({ save: { state: 'failed', message: errorText(error) } });
        });
      }
    }, SAVE_DELAY);
  }
}
