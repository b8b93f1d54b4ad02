import { describe, expect, it } from 'vitest';
import { requestSchema } from '../../../preload/contract/request.ts';
import { afterStep } from '../../../renderer/run/runs.ts';
import { overlayOf } from '../../../renderer/run/overlayOf.ts';
import type { OverlayInput } from '../../../renderer/run/overlayOf.ts';
import type { LiveRun, LoadedResult } from '../../../renderer/ui/state.ts';

const request = requestSchema.parse({
  version: 1,
  model: 'tiny',
  width: 128,
  height: 128,
  caption: 'a dog and a sheep',
  boxes: [
    { id: 'dog', phrase: 'dog', box: [0, 0, 0.6, 1] },
    { id: 'sheep', phrase: 'sheep', box: [0.4, 0, 1, 1] },
  ],
  seed: 1,
  steps: 4,
});

const live: LiveRun = {
  job: 'j1',
  request,
  stage: 'loading',
  done: 0,
  steps: 4,
  losses: [],
  preview: null,
  masks: [],
  started: 0,
  firstStep: null,
  left: null,
  cancelling: false,
};

const loaded: LoadedResult = {
  view: {
    id: 'r1',
    result: {
      version: 1,
      request,
      model: { id: 'tiny', name: 'tiny', sha256: 'ab' },
      device: 'cpu',
      versions: {},
      seconds: {},
      runs: {},
      losses: [],
      maskOverlap: null,
      boxes: [],
      warnings: [],
    },
    image: '/files/p/results/r1/image.png',
    masks: ['/files/p/results/r1/masks/01-dog.png', null],
    trace: null,
    changed: [],
  },
  trace: { version: 1, steps: [{ step: 0, loss: null, preview: 'AAAA', masks: ['BBBB', 'CCCC'] }] },
};

const base: OverlayInput = {
  live: null,
  loaded,
  mode: 'overlay',
  boxes: true,
  scrub: null,
  highlight: null,
  selected: [],
  ratio: 1,
};

describe('what lies under the boxes', () => {
  it('is the finished picture with the masks that are there', () => {
    expect(overlayOf(base)).toMatchObject({
      image: '/files/p/results/r1/image.png',
      masks: [{ boxId: 'dog' }],
      show: 'overlay',
    });
  });

  it('is a step of the trace while the scrubber stands there', () => {
    const overlay = overlayOf({ ...base, scrub: 0 });
    expect(overlay.image).toBe('data:image/png;base64,AAAA');
    expect(overlay.masks.map(({ boxId }) => boxId)).toEqual(['dog', 'sheep']);
  });

  it('is the emerging picture while a run is watched', () => {
    const step = { step: 1, steps: 4, loss: null, preview: 'EEEE', masks: ['F', 'G'] };
    expect(overlayOf({ ...base, live: afterStep(live, step, 10) }).image).toBe('data:image/png;base64,EEEE');
  });

  it('is nothing for the layout alone, before the first preview, and for another shape', () => {
    expect(overlayOf({ ...base, mode: 'layout' }).image).toBeNull();
    expect(overlayOf({ ...base, live }).image).toBeNull();
    expect(overlayOf({ ...base, ratio: 1.5 }).image).toBeNull();
  });

  it('never hides the boxes when there is nothing else to see', () => {
    expect(overlayOf({ ...base, boxes: false }).boxes).toBe(false);
    expect(overlayOf({ ...base, boxes: false, mode: 'layout' }).boxes).toBe(true);
    expect(overlayOf({ ...base, boxes: false, ratio: 2 }).boxes).toBe(true);
  });
});

describe('a step of the running job', () => {
  it('keeps the last picture and masks when it brings none', () => {
    const first = afterStep(live, { step: 1, steps: 4, loss: null, preview: 'A', masks: ['B'] }, 1000);
    const second = afterStep(first, { step: 2, steps: 4, loss: null, preview: null, masks: [] }, 1500);
    expect(second).toMatchObject({ preview: 'A', masks: ['B'], done: 2, left: 1000 });
  });
});
