import type { StudioApi } from '../../preload/contract/studio.ts';
import { browserClipboard } from '../canvas/browserClipboard.ts';
import { CommandRegistry } from '../editor/commands/registry.ts';
import { sizeCommands, sizePresets } from '../editor/commands/sizes.ts';
import { standardCommands } from '../editor/commands/standard.ts';
import { run } from '../editor/commands/keyboard.ts';
import { emptyDocument } from '../editor/document.ts';
import { Editor } from '../editor/editor.ts';
import { Results } from '../history/results.ts';
import { Library } from '../library/library.ts';
import { Projects } from '../library/projects.ts';
import { Likeness } from '../run/likeness.ts';
import { Runs } from '../run/runs.ts';
import { Sources } from '../run/sources.ts';
import { WaysOut } from '../run/wayOut.ts';
import { studioCommands } from './commands.ts';
import { errorText, translate, translateMessage } from './i18n.ts';
import { createStudioStore } from './state.ts';
import type { DialogState, StudioState, StudioStore, Toast, ToastAction } from './state.ts';
import { SystemMenu } from './systemMenu.ts';

const TOAST_MS = 7000;

/** Everything behind the window: the editor, the commands, and what talks to the main process. */
export class Studio {
  readonly api: StudioApi;
  readonly store: StudioStore = createStudioStore();
  readonly editor: Editor;
  readonly commands = new CommandRegistry();
  readonly projects: Projects;
  readonly runs: Runs;
  readonly results: Results;
  readonly sources: Sources;
  readonly library: Library;
  #toastId = 0;
  #sizes: () => void = () => undefined;
  #sizesFor = '';
  #notice = 0;
  #selection = '';

  constructor(api: StudioApi) {
    this.api = api;
    this.editor = new Editor({
      document: emptyDocument('none', { width: 512, height: 512 }),
      clipboard: browserClipboard,
    });
    this.projects = new Projects(this);
    this.runs = new Runs(this);
    this.results = new Results(this);
    this.sources = new Sources(this);
    this.library = new Library(this);
    new Likeness(this).watch();
    this.commands.registerAll(standardCommands);
    this.commands.registerAll(studioCommands(this));
    this.editor.subscribe(() => this.#editorChanged());
    this.store.subscribe(() => this.#registerSizes());
    api.on('command', ({ id }) => this.runCommand(id));
    new SystemMenu(this);
    new WaysOut(this);
  }

  get state(): StudioState {
    return this.store.getState();
  }

  set(patch: Partial<StudioState>): void {
    this.store.setState(patch);
  }

  runCommand(id: string): void {
    const command = this.commands.byId(id);
    if (command !== undefined) {
      run(command, this.editor);
    }
  }

  open(dialog: DialogState): void {
    this.editor.settle();
    this.set({ dialog });
  }

  closeDialog(): void {
    this.set({ dialog: null });
  }

  /** @returns its id, for toasts that have to go before their time */
  toast(text: string, action?: ToastAction, other?: ToastAction): number {
    const id = ++this.#toastId;
    const toast: Toast = {
      id,
      text,
      ...(action === undefined ? {} : { action }),
      ...(other === undefined ? {} : { other }),
    };
    // Said again, it takes its own place.
    const others = this.state.toasts.filter((other) => other.text !== text);
    this.set({ toasts: [...others.slice(-2), toast] });
    setTimeout(() => this.dismiss(id), TOAST_MS);
    return id;
  }

  dismiss(id: number): void {
    this.set({ toasts: this.state.toasts.filter((toast) => toast.id !== id) });
  }

  announce(text: string): void {
    this.set({ announcement: text });
  }

  /** Shows why something did not work; the messages of the main process are sentences already. */
  report(error: unknown): void {
    this.toast(errorText(error));
  }

  /** Runs something that may fail, and says so when it does. */
  attempt(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => this.report(error));
  }

  /** Lights a box: its mask, its words, its row and its frame. */
  light(boxId: string | null): void {
    if (this.state.highlight !== boxId) {
      this.set({ highlight: boxId });
    }
  }

  #editorChanged(): void {
    const { notice, selection, document } = this.editor.getSnapshot();
    const { highlight } = this.state;
    if (highlight !== null && !document.boxes.some(({ id }) => id === highlight)) {
      // A box that is gone under the pointer must not leave the others dimmed.
      this.light(null);
    }
    if (selection.join(' ') !== this.#selection) {
      this.#selection = selection.join(' ');
      const names = document.boxes
        .filter(({ id }) => selection.includes(id))
        .map(({ phrase }) => phrase || translate('layers.noPhrase'));
      // The canvas is a picture to a screen reader: what is selected on it has to be said.
      if (names.length > 0) {
        this.announce(translate('layers.selected', { names: names.join(', ') }));
      }
    }
    if (notice !== null && notice.serial !== this.#notice) {
      this.#notice = notice.serial;
      this.toast(translateMessage(notice));
    }
    this.#registerSizes();
  }

  /** Size presets belong to the model. */
  #registerSizes(): void {
    const { settings } = this.editor.getSnapshot().document;
    const model = this.state.models?.find(({ id }) => id === settings.model);
    const key = model === undefined ? '' : `${model.id} ${model.width}x${model.height} ${model.sizeMultiple}`;
    if (key === this.#sizesFor) {
      return;
    }
    this.#sizesFor = key;
    this.#sizes();
    this.#sizes = () => undefined;
    if (model !== undefined) {
      this.#sizes = this.commands.registerAll(sizeCommands(sizePresets(model, model.sizeMultiple)));
    }
  }

  /** Undo from a toast. */
  undoAction(): ToastAction {
    return { label: translate('action.undo'), run: () => this.editor.undo() };
  }
}
