import {
  deviceSettingsSchema,
  type DeviceName,
  type DeviceSettings,
} from '../../preload/contract/devices.ts';
import { providers } from '../host/probeResult.ts';
import { writeFileAtomic } from '../projects/atomicFile.ts';
import { fileError } from '../projects/fileErrors.ts';
import { readLimited } from '../projects/readFiles.ts';
import { changeShared } from '../projects/sharedFile.ts';

type All = Readonly<Record<DeviceName, DeviceSettings>>;

const initial: DeviceSettings = {
  vaeTile: null,
  attentionSlices: null,
  precision: 'float32',
  keepLoaded: true,
};

/** How each device is used, in one file; what is missing or damaged in it has its default. */
export class DeviceSettingsFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<All> {
    let raw: unknown;
    try {
      raw = JSON.parse(await readLimited(this.#path, 65_536));
    } catch {
      raw = null;
    }
    const given = new Map<string, unknown>(
      typeof raw === 'object' && raw !== null ? Object.entries(raw) : [],
    );
    const parsed = providers.map((device) => [
      device,
      deviceSettingsSchema.catch(initial).parse(given.get(device)),
    ]);
    return Object.fromEntries(parsed) as All;
  }

  async of(device: DeviceName): Promise<DeviceSettings> {
    return (await this.read())[device];
  }

  /** @throws UserError when it cannot be written */
  change(device: DeviceName, settings: DeviceSettings): Promise<void> {
    return changeShared(this.#path, async () => {
      const next = { ...(await this.read()), [device]: settings };
      try {
        await writeFileAtomic(this.#path, `${JSON.stringify(next, null, 2)}\n`);
      } catch (error) {
        throw fileError('save', this.#path, error);
      }
    });
  }
}
