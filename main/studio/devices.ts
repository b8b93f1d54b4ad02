import type { DeviceInfo, DeviceName, DeviceSettings } from '../../preload/contract/devices.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { chooseProvider, isSmall } from '../host/deviceProbe.ts';
import { providers, type ProbeResult } from '../host/probeResult.ts';
import type { RememberedProbes } from '../host/rememberedProbes.ts';
import type { DeviceSettingsFile } from './deviceSettings.ts';

export type Probe = (provider: (typeof providers)[number]) => Promise<ProbeResult>;

interface Options {
  readonly probe: Probe;
  /** What an earlier start found out. */
  readonly remembered: RememberedProbes;
  readonly settings: DeviceSettingsFile;
}

/**
 * Which devices really start on this machine, and how each is used. Probed once; again when the system or its drivers
 * changed, after a job that failed on one, and when asked.
 */
export class Devices {
  readonly #options: Options;
  #known: Promise<ProbeResult[]> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  async list(): Promise<DeviceInfo[]> {
    return this.#described(await (this.#known ?? this.#start(false)));
  }

  async probe(): Promise<DeviceInfo[]> {
    return this.#described(await this.#start(true));
  }

  /** A job failed on a device: what was found out about it may be true no longer. */
  doubt(): void {
    this.#options.remembered.forget();
    this.#known = null;
  }

  /** @throws UserError when it cannot be kept */
  async configure(device: DeviceName, settings: DeviceSettings): Promise<DeviceInfo[]> {
    await this.#options.settings.change(device, settings);
    return this.list();
  }

  /** How the device is used that a request will run on. */
  async settingsFor({ device }: GenerationRequest, weightBytes: number): Promise<DeviceSettings> {
    const { remembered, settings } = this.#options;
    // Probes what "auto" may choose from, in the way of this shell.
    if (device === 'auto' && !isSmall(weightBytes)) await this.list();
    return settings.of(device === 'auto' ? await chooseProvider(weightBytes, remembered) : device);
  }

  async #described(results: readonly ProbeResult[]): Promise<DeviceInfo[]> {
    const settings = await this.#options.settings.read();
    return results.map(({ provider, works, reason, float16 = false }) => ({
      device: provider,
      works,
      reason,
      float16,
      settings: settings[provider],
    }));
  }

  #start(anew: boolean): Promise<ProbeResult[]> {
    const found = this.#probeAll(anew);
    this.#known = found;
    // A probe that could not even be made is tried anew the next time.
    found.catch(() => {
      if (this.#known === found) this.#known = null;
    });
    return found;
  }

  /** One after the other: two drivers that start at once can hinder each other. */
  async #probeAll(anew: boolean): Promise<ProbeResult[]> {
    const { probe, remembered } = this.#options;
    const known = anew ? new Map<string, ProbeResult>() : remembered.read();
    const results: ProbeResult[] = [];
    for (const provider of providers) results.push(known.get(provider) ?? (await probe(provider)));
    if (results.some(({ provider }) => !known.has(provider))) await remembered.remember(results);
    return results;
  }
}
