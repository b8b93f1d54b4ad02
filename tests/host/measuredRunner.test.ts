import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../main/engine/errors.ts';
import type { JobContext, JobRunner } from '../../main/host/jobRunner.ts';
import { MeasuredRunner, secondsPerStep } from '../../main/host/measuredRunner.ts';
import { PeakMemory } from '../../main/host/peakMemory.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { request } from './request.ts';

const context: JobContext = {
  preview: false,
  stage: () => undefined,
  step: () => undefined,
  shouldStop: () => false,
};

/** Three steps of 20 ms after a slow first one; its caption says what goes wrong. */
class Sleeper implements JobRunner {
  unloads = 0;
  versions = (): Record<string, string> => ({});
  embed = (): Promise<number[][]> => Promise.resolve([]);
  unload = (): Promise<void> => {
    this.unloads += 1;
    return Promise.resolve();
  };
  async run(asked: GenerationRequest, { step }: JobContext): ReturnType<JobRunner['run']> {
    if (asked.caption === 'user') throw new UserError('The size is not possible.');
    if (asked.caption === 'memory') throw new Error('std::bad_alloc');
    for (let done = 1; done <= 4; done++) {
      await new Promise((resolve) => setTimeout(resolve, done === 1 ? 150 : 20));
      step({ step: done, steps: 4, loss: null, preview: null, masks: [] });
    }
    return {
      result: {
        version: 1,
        request: asked,
        model: { id: 'a', name: 'a', sha256: 'a' },
        device: 'cpu',
        versions: {},
        seconds: {},
        runs: {},
        losses: [],
        maskOverlap: null,
        boxes: [],
        warnings: [],
      },
      image: '',
      masks: [],
    };
  }
}

describe('a measured runner', () => {
  it('tells seconds, pace without the first step, memory, and whether it had to open things', async () => {
    const runner = new MeasuredRunner(new Sleeper());
    const first = (await runner.run(request('a'), context)).result.measured;
    expect(first?.cold).toBe(true);
    expect(first?.seconds).toBeGreaterThan(0.2);
    expect(first?.secondsPerStep).toBeGreaterThan(0.015);
    expect(first?.secondsPerStep).toBeLessThan((first?.seconds ?? 0) / 3);
    if (process.platform === 'linux') expect(first?.peakBytes).toBeGreaterThan(10e6);
    expect((await runner.run(request('b'), context)).result.measured?.cold).toBe(false);
    expect((await runner.run({ ...request('b'), width: 128 }, context)).result.measured?.cold).toBe(true);
    expect((await runner.run({ ...request('b'), model: 'other' }, context)).result.measured?.cold).toBe(true);
    // The other model took its place.
    expect((await runner.run(request('b'), context)).result.measured?.cold).toBe(true);
    await runner.unload();
    expect((await runner.run(request('b'), context)).result.measured?.cold).toBe(true);
  });

  it('lets go of everything when the engine failed, so that the next job has the memory', async () => {
    const inner = new Sleeper();
    const runner = new MeasuredRunner(inner);
    await expect(runner.run(request('user'), context)).rejects.toThrow(/not possible/);
    expect(inner.unloads).toBe(0);
    await expect(runner.run(request('memory'), context)).rejects.toThrow(/bad_alloc/);
    expect(inner.unloads).toBe(1);
    expect((await runner.run(request('a'), context)).result.measured?.cold).toBe(true);
  });

  it('knows no pace from fewer than two steps', () => {
    expect(secondsPerStep([])).toBeNull();
    expect(secondsPerStep([5])).toBeNull();
    expect(secondsPerStep([0, 1000, 3000])).toBe(1.5);
  });
});

describe.runIf(process.platform === 'linux')('the peak of a job', () => {
  it('is its own, whatever an earlier one took', () => {
    const large = new PeakMemory();
    let bytes: Uint8Array | null = new Uint8Array(300e6).fill(1);
    const most = large.bytes ?? 0;
    expect(most).toBeGreaterThan(300e6);
    expect(bytes.length).toBe(300e6);
    bytes = null;
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    const small = new PeakMemory();
    // Where the system lets the peak be reset; elsewhere it is unknown, never the earlier one's.
    if (small.bytes !== null) expect(small.bytes).toBeLessThan(most - 200e6);
  });
});
