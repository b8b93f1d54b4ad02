import { join } from 'node:path';
import { z } from 'zod';
import type { HubSettingsView } from '../../../preload/contract/models.ts';
import { writeFileAtomic } from '../../projects/atomicFile.ts';
import { fileError } from '../../projects/fileErrors.ts';
import { readLimited } from '../../projects/readFiles.ts';
import { changeShared } from '../../projects/sharedFile.ts';
import { hubSettings, type HubSettings } from './client.ts';

const storedSchema = z.strictObject({
  endpoint: z.string().max(2000).default(''),
  proxy: z.string().max(2000).default(''),
  token: z.string().max(500).default(''),
});

/** What the user set for the hub; empty where the environment decides. */
export type StoredHubSettings = z.infer<typeof storedSchema>;

const nothing: StoredHubSettings = { endpoint: '', proxy: '', token: '' };

/** How the hub is reached, in a file that only this user may read: it may hold a token. */
export class HubSettingsFile {
  readonly #path: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /**
   * @param data the library's data folder
   * @param env what counts where nothing is set
   */
  constructor(data: string, env: Readonly<Record<string, string | undefined>> = process.env) {
    this.#path = join(data, 'hub.json');
    this.#env = env;
  }

  /** A damaged file is as if nothing had been set. */
  async read(): Promise<StoredHubSettings> {
    try {
      return storedSchema.parse(JSON.parse(await readLimited(this.#path, 65_536)));
    } catch {
      return nothing;
    }
  }

  /** Without the token itself. */
  async view(): Promise<HubSettingsView> {
    const { endpoint, proxy, token } = await this.read();
    const environment = this.#env['HF_TOKEN'] ? 'environment' : 'none';
    return { endpoint, proxy, token: token === '' ? environment : 'saved' };
  }

  /** For a download. @throws UserError when the environment says something that cannot be */
  async settings(overrides: Partial<StoredHubSettings> = {}): Promise<HubSettings> {
    return settingsOf({ ...(await this.read()), ...overrides }, this.#env);
  }

  /** @throws UserError when a value cannot be or the file cannot be written; nothing changes then */
  async change(change: Partial<StoredHubSettings>): Promise<HubSettingsView> {
    await changeShared(this.#path, async () => {
      const next = storedSchema.parse({ ...(await this.read()), ...change });
      settingsOf(next, this.#env);
      try {
        await writeFileAtomic(this.#path, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
      } catch (error) {
        throw fileError('save', this.#path, error);
      }
    });
    return this.view();
  }
}

function settingsOf(
  { endpoint, proxy, token }: StoredHubSettings,
  env: Readonly<Record<string, string | undefined>>,
): HubSettings {
  return hubSettings(env, {
    ...(endpoint === '' ? {} : { endpoint }),
    ...(proxy === '' ? {} : { proxy }),
    ...(token === '' ? {} : { token }),
  });
}
