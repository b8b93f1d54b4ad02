import type { DeviceInfo } from '../../preload/contract/studioRecords.ts';
import { providers, type ProbeResult } from '../host/deviceProbe.ts';

export type Probe = (provider: (typeof providers)[number]) => Promise<ProbeResult>;

/** Which devices really start on this machine; probed once, and again when asked. */
export class Devices {
  readonly #probe: Probe;
  #known: Promise<DeviceInfo[]> | null = null;

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  list(): Promise<DeviceInfo[]> {
    return this.#known ?? this.probe();
  }

  probe(): Promise<DeviceInfo[]> {
    const found = this.#probeAll();
    this.#known = found;
    // A probe that could not even be made is tried anew the next time.
    found.catch(() => {
      if (this.#known === found) this.#known = null;
    });
    return found;
  }

  /** One after the other: two drivers that start at once can hinder each other. */
  async #probeAll(): Promise<DeviceInfo[]> {
    const devices: DeviceInfo[] = [];
    for (const provider of providers) {
      const { works, reason } = await this.#probe(provider);
      devices.push({ device: provider, works, reason });
    }
    return devices;
  }
}
