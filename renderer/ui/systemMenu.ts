import { nativeMenus } from './menus.ts';
import type { Studio } from './studio.ts';

/** A menu is told this long after its last change, in milliseconds. */
const PAUSE = 250;

/** Keeps the system's menu bar like the page's, where there is one (Electron). */
export class SystemMenu {
  readonly #studio: Studio;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = '';

  constructor(studio: Studio) {
    this.#studio = studio;
    const changed = (): void => this.#changed();
    studio.commands.subscribe(changed);
    studio.editor.subscribe(changed);
    studio.store.subscribe(changed);
  }

  #changed(): void {
    if (this.#studio.state.info?.shell === 'electron' && this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#tell(), PAUSE);
    }
  }

  #tell(): void {
    this.#timer = undefined;
    const { commands, editor, api } = this.#studio;
    const menus = nativeMenus(commands.all(), editor);
    const text = JSON.stringify(menus);
    if (text !== this.#told) {
      this.#told = text;
      this.#studio.attempt(() => api.call('app.setMenu', { menus }));
    }
  }
}
