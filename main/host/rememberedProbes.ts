import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { libraryFolders } from '../library/folders.ts';
import { writeFileAtomic } from '../projects/atomicFile.ts';
import { changeShared } from '../projects/sharedFile.ts';
import { driverFingerprint } from './driverFingerprint.ts';
import { providers, type ProbeResult } from './probeResult.ts';

const storedSchema = z.strictObject({
  fingerprint: z.string(),
  results: z.array(
    // Earlier versions did not ask for float16: what they remembered is asked anew.
    z.strictObject({
      provider: z.enum(providers),
      works: z.boolean(),
      reason: z.string().max(2000),
      float16: z.boolean(),
    }),
  ),
});

/** What probing found out, kept for the next start: as long as system, drivers and ONNX Runtime stay the same. */
export class RememberedProbes {
  readonly #path: string;
  readonly #fingerprint: () => string;

  /** @param path a small file */
  constructor(
    path: string = join(libraryFolders().data, 'devices.json'),
    fingerprint: () => string = () => driverFingerprint(),
  ) {
    this.#path = path;
    this.#fingerprint = fingerprint;
  }

  /** By provider; empty when nothing is known, or something changed since. */
  read(): Map<ProbeResult['provider'], ProbeResult> {
    try {
      if (statSync(this.#path).size > 65_536) return new Map();
      const stored = storedSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
      if (stored.fingerprint !== this.#fingerprint()) return new Map();
      return new Map(stored.results.map((result) => [result.provider, result]));
    } catch {
      return new Map();
    }
  }

  /** Adds to what is known. A file that cannot be written costs a probe after the next start, nothing more. */
  async remember(results: readonly ProbeResult[]): Promise<void> {
    await changeShared(this.#path, async () => {
      const known = this.read();
      for (const result of results) known.set(result.provider, { float16: false, ...result });
      const stored = { fingerprint: this.#fingerprint(), results: [...known.values()] };
      await writeFileAtomic(this.#path, `${JSON.stringify(stored, null, 1)}\n`);
    }).catch(() => undefined);
  }

  /** After a failure: what was found out may be true no longer. */
  forget(): void {
    rmSync(this.#path, { force: true });
  }
}
