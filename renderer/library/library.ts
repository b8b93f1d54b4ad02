import type { Preferences } from '../../preload/contract/studioRecords.ts';
import { updateSettings } from '../editor/document.ts';
import { chooseLanguage, setLanguage } from '../ui/i18n.ts';
import type { Studio } from '../ui/studio.ts';

/** Models, devices and what the user chose for the program itself. */
export class Library {
  readonly #studio: Studio;

  constructor(studio: Studio) {
    this.#studio = studio;
  }

  async load(): Promise<void> {
    this.#studio.set({ models: await this.#studio.api.call('models.list', {}) });
  }

  /** Asks which devices work; the first time this takes some seconds. */
  async loadDevices(again = false): Promise<void> {
    const name = again ? 'devices.probe' : 'devices.list';
    this.#studio.set({ devices: null });
    this.#studio.set({ devices: await this.#studio.api.call(name, {}) });
  }

  /** @param path a folder on the machine that runs the engine; left out to be asked by the system */
  async addFolder(path?: string): Promise<void> {
    const args = path === undefined ? {} : { path };
    const model = await this.#studio.api.call('models.addFolder', args);
    if (model !== null) {
      await this.load();
    }
  }

  async remove(id: string): Promise<void> {
    await this.#studio.api.call('models.remove', { id });
    await this.load();
  }

  use(id: string): void {
    this.#studio.editor.edit('step.settings', (document) => updateSettings(document, { model: id }));
  }

  async setPreferences(patch: Partial<Preferences>): Promise<void> {
    const { info } = this.#studio.state;
    if (info === null) {
      return;
    }
    // Shown at once; a failure to keep it is told, not undone.
    const next = { ...info, preferences: { ...info.preferences, ...patch } };
    this.#studio.set({ info: next });
    applyTheme(next.preferences.theme);
    await setLanguage(chooseLanguage(next, navigator.languages));
    await this.#studio.api.call('app.setPreferences', patch);
  }
}

/** The style sheets follow the system unless the page says otherwise. */
export function applyTheme(theme: Preferences['theme']): void {
  if (theme === 'system') {
    delete document.documentElement.dataset['theme'];
  } else {
    document.documentElement.dataset['theme'] = theme;
  }
}
