import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  estimate,
  measuredRun,
  median,
  summariseRuns,
  type MeasuredRun,
} from '../../main/library/estimate.ts';
import { RunHistory } from '../../main/library/runHistory.ts';
import { requestSchema, type GenerationRequest } from '../../preload/contract/request.ts';
import type { GenerationResult } from '../../preload/contract/result.ts';

function request(change: object = {}): GenerationRequest {
  return requestSchema.parse({
    version: 1,
    model: 'tiny',
    width: 64,
    height: 64,
    caption: 'a dog',
    boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }],
    seed: 1,
    steps: 20,
    ...change,
  });
}

function result(
  of: GenerationRequest,
  measured: Partial<MeasuredRun> = {},
  change: object = {},
): GenerationResult {
  const { seconds = 4, secondsPerStep = 0.1, peakBytes = 600e6, cold = false } = measured;
  return {
    version: 1,
    request: of,
    model: { id: of.model, name: of.model, sha256: 'a' },
    device: 'cpu',
    versions: {},
    seconds: {},
    runs: {},
    losses: [],
    maskOverlap: null,
    boxes: [],
    warnings: [],
    measured: { seconds, secondsPerStep, peakBytes, cold },
    ...change,
  };
}

function run(of: GenerationRequest, measured: Partial<MeasuredRun> = {}, change: object = {}): MeasuredRun {
  const made = measuredRun(result(of, measured, change), true, 0);
  if (made === null) throw new Error('not measured');
  return made;
}

const warm = { preview: true, cold: false };

describe('what a run will cost', () => {
  it('is never guessed: no figure without a run like it', () => {
    expect(estimate([], request(), warm)).toBeNull();
    const runs = [run(request())];
    expect(estimate(runs, request(), warm)).not.toBeNull();
    for (const other of [
      { model: 'other' },
      { width: 128 },
      { device: 'webgpu' },
      { isac: { method: 'none' } },
      { isac: { earlyEnd: true } },
      { isac: { maxProbeSide: 16 } },
      { isac: { method: 'ls', candidates: 4 } },
      { vaeTile: 32 },
      { attentionSlices: 4 },
      { precision: 'float16' },
    ])
      expect(estimate(runs, request(other), warm), JSON.stringify(other)).toBeNull();
    expect(estimate(runs, request({ attentionSlices: 1 }), warm)).not.toBeNull();
    expect(estimate(runs, request({ precision: 'float32' }), warm)).not.toBeNull();
    expect(estimate(runs, request(), { preview: false, cold: false })).toBeNull();
    expect(estimate(runs, request(), { preview: true, cold: true })).toBeNull();
  });

  it('is the median of the runs alike, whatever their seeds and words', () => {
    const runs = [3, 90, 5].map((seconds, index) =>
      run(request({ seed: index, caption: `a dog ${index}` }), { seconds, peakBytes: 100 * (index + 1) }),
    );
    expect(estimate(runs, request(), warm)).toEqual({
      seconds: 5,
      peakBytes: 200,
      runs: 3,
      scaled: false,
      device: 'cpu',
    });
  });

  it('scales by steps, and by nothing else', () => {
    const runs = [run(request(), { seconds: 4, secondsPerStep: 0.1 })];
    expect(estimate(runs, request({ steps: 50 }), warm)).toMatchObject({ seconds: 7, scaled: true, runs: 1 });
    expect(estimate(runs, request({ steps: 10 }), warm)?.seconds).toBeCloseTo(3, 10);
    expect(
      estimate(
        [run(request(), { secondsPerStep: null })].map((one) => ({ ...one, secondsPerStep: null })),
        request({ steps: 50 }),
        warm,
      ),
    ).toBeNull();
  });

  it('keeps first runs and later ones apart', () => {
    const runs = [run(request(), { seconds: 20, cold: true }), run(request(), { seconds: 4 })];
    expect(estimate(runs, request(), warm)?.seconds).toBe(4);
    expect(estimate(runs, request(), { preview: true, cold: true })?.seconds).toBe(20);
  });

  it('forgets other weights under the same name, and the device that "auto" no longer takes', () => {
    const old = run(request(), { seconds: 1 });
    const now = run(request(), { seconds: 9 }, { model: { id: 'tiny', name: 'tiny', sha256: 'b' } });
    expect(estimate([old, now], request(), warm)?.seconds).toBe(9);
    const other = run(request({ steps: 5 }), { seconds: 2 }, { device: 'webgpu' });
    expect(estimate([old, other], request({ steps: 5 }), warm)).toMatchObject({
      seconds: 2,
      device: 'webgpu',
    });
    expect(estimate([old, other], request({ width: 128 }), warm)).toBeNull();
  });

  it('says nothing of memory where none was measured', () => {
    const made = { ...run(request()), peakBytes: null };
    expect(estimate([made], request(), warm)?.peakBytes).toBeNull();
  });
});

describe('what runs cost, for the doctor', () => {
  it('is one line per model, size, method and device', () => {
    const runs = [
      run(request(), { secondsPerStep: 1 }),
      run(request(), { secondsPerStep: 3 }),
      run(request({ isac: { method: 'none' } })),
    ];
    expect(
      summariseRuns(runs).map(({ method, count, secondsPerStep }) => [method, count, secondsPerStep]),
    ).toEqual([
      ['lo', 2, 2],
      ['none', 1, 0.1],
    ]);
    expect(median([1, 2, 3, 10])).toBe(2.5);
  });
});

describe('the history', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'runs-'));
  });
  afterEach(() => rmSync(data, { recursive: true }));

  it('is kept, by several writers at once too, and read by the next start', async () => {
    const history = new RunHistory(data);
    await Promise.all([1, 2, 3].map((seconds) => history.record(result(request(), { seconds }), true)));
    expect((await new RunHistory(data).read()).map(({ seconds }) => seconds)).toEqual([1, 2, 3]);
    expect((await new RunHistory(data).estimate(request(), warm))?.seconds).toBe(2);
  });

  it('a damaged one is as if there were none, and results without figures leave none', async () => {
    writeFileSync(join(data, 'runs.json'), '[{"model":1}]');
    const history = new RunHistory(data);
    expect(await history.read()).toEqual([]);
    const bare = result(request());
    delete bare.measured;
    await history.record(bare, true);
    expect(await history.read()).toEqual([]);
    await history.record(result(request()), true);
    expect(await history.read()).toHaveLength(1);
  });
});
