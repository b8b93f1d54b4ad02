import type { CallArgs } from '../../preload/contract/studio.ts';
import type { Download, HubPlan, HubSettingsView } from '../../preload/contract/models.ts';
import { translate } from '../ui/i18n.ts';
import type { Studio } from '../ui/studio.ts';

/** Downloads from the hub. Nothing here reaches out to the network but what a button asked for. */
export class Hub {
  readonly #studio: Studio;

  constructor(studio: Studio) {
    this.#studio = studio;
    studio.api.on('downloads', ({ downloads }) => this.#changed(downloads));
  }

  async load(): Promise<void> {
    this.#studio.set({ downloads: await this.#studio.api.call('hub.downloads', {}) });
  }

  look(repository: string): Promise<HubPlan> {
    return this.#studio.api.call('hub.look', { repository });
  }

  /** @param files of the plan; its own proposal unless given */
  async start(plan: string, files?: readonly string[]): Promise<void> {
    await this.#studio.api.call('hub.start', { plan, ...(files === undefined ? {} : { files: [...files] }) });
    await this.load();
  }

  async pause(download: string): Promise<void> {
    await this.#studio.api.call('hub.pause', { download });
  }

  async resume(download: string): Promise<void> {
    await this.#studio.api.call('hub.resume', { download });
  }

  async cancel(download: string): Promise<void> {
    await this.#studio.api.call('hub.cancel', { download });
    await this.load();
  }

  settings(): Promise<HubSettingsView> {
    return this.#studio.api.call('hub.settings', {});
  }

  change(change: CallArgs<'hub.setSettings'>): Promise<HubSettingsView> {
    return this.#studio.api.call('hub.setSettings', change);
  }

  #changed(downloads: readonly Download[]): void {
    const before = new Map(this.#studio.state.downloads.map(({ id, state }) => [id, state]));
    this.#studio.set({ downloads });
    for (const { id, state, repository, model } of downloads) {
      if (state !== 'done' || before.get(id) === 'done') continue;
      if (model !== null) this.#studio.attempt(() => this.#studio.library.load());
      this.#studio.toast(translate('hub.doneToast', { name: repository.name }));
    }
  }
}
