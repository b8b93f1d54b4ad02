import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from '../../main/bench/record.ts';
import { runBench, usualOptions, type Judge, type Painter } from '../../main/bench/runBench.ts';
import type { BenchLayout } from '../../main/bench/suites.ts';

const layout: BenchLayout = {
  id: 'apart-1',
  suite: 'apart',
  layout: {
    version: 1,
    caption: 'dog',
    boxes: [{ id: '1', phrase: 'dog', box: [0.1, 0.1, 0.9, 0.9] }],
    bind: [],
  },
  wanted: [{ class: 'dog', colour: null }],
};
const job = { layout, seed: 1, method: { name: 'gligen', isac: { method: 'none' } } } as const;

/** Sees a dog that fills the image, or none. */
const judge = (sha256: string, found: boolean): Judge => {
  const instance = { mask: new Uint8Array(4).fill(1), area: 4, class: 0, confidence: 1, colour: 1 };
  const instances = found ? [instance] : [];
  return {
    config: {
      classes: ['dog', 'cat'],
      colours: ['red', 'blue'],
      size: 16,
      stride: 8,
      centreThreshold: 0.3,
      peakWindow: 7,
      minPixels: 1,
      accuracy: {},
      crop: { side: 16, margin: 1, accuracy: {} },
      prompt: { side: 16, margin: 1, accuracy: {} },
      realFeatures: { mean: [0], variance: [1] },
    },
    sha256,
    look: () =>
      Promise.resolve({
        instances,
        inBoxes: [instances[0] ?? null],
        features: new Float32Array(1),
        width: 2,
        height: 2,
      }),
  };
};

let folder: string;
let drawn: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-'));
  drawn = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const painter: Painter = {
  model: { path: 'model' },
  nativeSize: { width: 64, height: 64 },
  weightsHash: () => Promise.resolve('w'),
  embedPhrases: (phrases) => Promise.resolve(phrases.map(() => Float32Array.of(1, 0))),
  generate: (request) => {
    drawn++;
    const { width, height } = request;
    return Promise.resolve({
      width,
      height,
      image: new Uint8Array(3 * width * height),
      masks: [new Uint8Array(width * height).fill(1)],
      result: {
        version: 1,
        request,
        device: 'cpu',
        seconds: { sampling: 2 },
        runs: { unet: 25 },
        losses: [],
        maskOverlap: null,
        boxes: [],
        warnings: [],
      },
    });
  },
};

/** Runs the one job with a journal opened anew, and returns how many boxes are right. */
async function classRight(evaluator: Judge): Promise<number[]> {
  const right: number[] = [];
  const journal = await Journal.open(join(folder, 'journal.jsonl'));
  await runBench([job], painter, evaluator, journal, usualOptions, (_, { score }) => {
    right.push(score.classRight);
  });
  return right;
}

it('goes on where it stopped: what the journal holds is not made again', async () => {
  expect(await classRight(judge('a', true))).toEqual([1]);
  expect(await classRight(judge('a', true))).toEqual([1]);
  expect(drawn).toBe(1);
});

it("takes nothing from the journal that another evaluator's files have judged", async () => {
  expect(await classRight(judge('a', false))).toEqual([0]);
  expect(await classRight(judge('b', true))).toEqual([1]);
  expect(drawn).toBe(2);
});
