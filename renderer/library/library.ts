import type { DeviceName, DeviceSettings } from '../../preload/contract/devices.ts';
import type { ModelFacts, ModelInfo, Verification } from '../../preload/contract/models.ts';
import type { CallArgs } from '../../preload/contract/studio.ts';
import type { Preferences } from '../../preload/contract/studioRecords.ts';
import { updateSettings } from '../editor/document.ts';
import { chooseLanguage, setLanguage, translate } from '../ui/i18n.ts';
import type { Studio } from '../ui/studio.ts';
import { Hub } from './hub.ts';

/** Models, devices and what the user chose for the program itself. */
export class Library {
  readonly hub: Hub;
  readonly #studio: Studio;

  constructor(studio: Studio) {
    this.#studio = studio;
    this.hub = new Hub(studio);
    studio.api.on('verification', (verification) => this.#verified(verification));
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

  /** Paths on the machine that runs the engine. @throws a sentence with what was expected and found */
  async add(model: CallArgs<'models.add'>): Promise<ModelInfo> {
    const added = await this.#studio.api.call('models.add', model);
    await this.load();
    return added;
  }

  /** The system's dialog; null when it was left, and in the browser. */
  choosePath(what: 'folder' | 'weights'): Promise<string | null> {
    return this.#studio.api.call('models.choosePath', { what });
  }

  /** Off the list; files go only when `deleteFiles` asks for it and the library downloaded them. */
  async remove(model: ModelInfo, deleteFiles = false): Promise<void> {
    await this.#studio.api.call('models.remove', { id: model.id, deleteFiles });
    await this.load();
    if (model.origin !== 'added') return;
    const { path, adapter, name } = model;
    this.#studio.toast(translate('library.removed', { name }), {
      label: translate('action.undo'),
      run: () =>
        this.#studio.attempt(() => this.add({ path, name, ...(adapter === null ? {} : { adapter }) })),
    });
  }

  async facts(id: string): Promise<ModelFacts> {
    const facts = await this.#studio.api.call('models.facts', { id });
    if (facts.verification !== null) this.#verified(facts.verification);
    return facts;
  }

  async verify(id: string): Promise<void> {
    await this.#studio.api.call('models.verify', { id });
  }

  async cancelVerify(id: string): Promise<void> {
    await this.#studio.api.call('models.cancelVerify', { id });
  }

  #verified(verification: Verification): void {
    const { verifications } = this.#studio.state;
    this.#studio.set({ verifications: { ...verifications, [verification.model]: verification } });
  }

  async configureDevice(device: DeviceName, settings: DeviceSettings): Promise<void> {
    this.#studio.set({ devices: await this.#studio.api.call('devices.configure', { device, settings }) });
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
