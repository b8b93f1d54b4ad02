import { join } from 'node:path';
import { z } from 'zod';
import type { Estimate } from '../../preload/contract/measured.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { GenerationResult } from '../../preload/contract/result.ts';
import { messageOf } from '../engine/errors.ts';
import { writeFileAtomic } from '../projects/atomicFile.ts';
import { readLimited } from '../projects/readFiles.ts';
import { changeShared } from '../projects/sharedFile.ts';
import { estimate, measuredRun, measuredRunSchema, type MeasuredRun } from './estimate.ts';

/** The oldest go first. */
const MAX_RUNS = 500;

/** What earlier runs on this machine cost, in one small file that the studio and the command line share. */
export class RunHistory {
  readonly #path: string;

  /** @param data the library's data folder */
  constructor(data: string) {
    this.#path = join(data, 'runs.json');
  }

  /** Oldest first. A damaged file is as if nothing had been measured yet. */
  async read(): Promise<MeasuredRun[]> {
    try {
      return z.array(measuredRunSchema).parse(JSON.parse(await readLimited(this.#path, 2 ** 22)));
    } catch {
      return [];
    }
  }

  /** Never rejects: a figure that cannot be kept is no reason to fail a run. */
  record(result: GenerationResult, preview: boolean): Promise<void> {
    const run = measuredRun(result, preview, Date.now());
    if (run === null) return Promise.resolve();
    return changeShared(this.#path, async () => {
      const runs = [...(await this.read()), run].slice(-MAX_RUNS);
      await writeFileAtomic(this.#path, `${JSON.stringify(runs)}\n`);
    }).catch((error: unknown) => {
      console.error(`What the run cost could not be kept: ${messageOf(error)}`);
    });
  }

  /** What a run will cost; null until one like it was measured. */
  async estimate(
    request: GenerationRequest,
    state: { readonly preview: boolean; readonly cold: boolean },
  ): Promise<Estimate | null> {
    return estimate(await this.read(), request, state);
  }
}
