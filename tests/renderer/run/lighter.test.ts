import { describe, expect, it } from 'vitest';
import { deviceSchema } from '../../../preload/contract/devices.ts';
import { requestSchema } from '../../../preload/contract/request.ts';
import { lighterRequests } from '../../../renderer/run/lighter.ts';
import type { Circumstances } from '../../../renderer/run/lighter.ts';

const request = requestSchema.parse({
  version: 1, model: 'm', width: 512, height: 512, caption: 'a dog and a sheep', seed: 1,
  boxes: [
    { id: 'a', phrase: 'dog', box: [0, 0, 0.6, 1] },
    { id: 'b', phrase: 'sheep', box: [0.4, 0, 1, 1] },
  ],
}); // prettier-ignore
const { isac } = request;
const plain = { ...request, isac: { ...isac, method: 'none' as const } };

const gpu = deviceSchema.parse({
  device: 'cuda',
  works: true,
  reason: '',
  settings: { vaeTile: null, keepLoaded: true },
});
const around: Circumstances = {
  cause: 'memory',
  stage: 'sampling',
  sizeMultiple: 64,
  devices: [gpu, { ...gpu, device: 'cpu' }],
  baseline: false,
};
const kinds = (of: typeof request, change: Partial<Circumstances> = {}): string[] =>
  lighterRequests(of, { ...around, ...change }).map(({ kind }) => kind);

describe('what a failed run can be tried again with', () => {
  it('is one change each, of a request that stays valid', () => {
    const ways = lighterRequests(request, { ...around, stage: null });
    expect(ways.map(({ kind, values }) => [kind, values])).toEqual([
      ['probes', { side: 32 }],
      ['tiles', { side: 32 }],
      ['smaller', { width: 384, height: 384 }],
      ['cpu', {}],
    ]);
    expect(ways.map((way) => way.request)).toEqual([
      { ...request, isac: { ...isac, maxProbeSide: 32 } },
      { ...request, vaeTile: 32 },
      { ...request, width: 384, height: 384 },
      { ...request, device: 'cpu' },
    ]);
    for (const way of ways) expect(requestSchema.parse(way.request)).toEqual(way.request);
  });

  it('fits the stage that failed', () => {
    expect(kinds(plain, { stage: 'sampling' })).toEqual(['slices', 'smaller', 'cpu']);
    expect(kinds(plain, { stage: 'decoding' })).toEqual(['tiles', 'smaller', 'cpu']);
    expect(kinds(plain, { cause: 'deviceLost' })[0]).toBe('cpu');
    expect(kinds(request, { cause: 'other' })).toEqual([]);
  });

  it('goes on from what the request gives up already, to an end', () => {
    const sides: number[] = [];
    let next = request;
    for (;;) {
      const way = lighterRequests(next, around).find(({ kind }) => kind === 'probes');
      if (way === undefined) break;
      sides.push(way.values['side'] ?? Number.NaN);
      next = way.request;
    }
    expect(sides).toEqual([32, 16, 8]);
    expect(kinds(next)).toContain('slices');
    expect(kinds({ ...plain, attentionSlices: 8 })).not.toContain('slices');
    expect(kinds({ ...plain, vaeTile: 16 }, { stage: 'decoding' })).not.toContain('tiles');
    expect(kinds({ ...plain, device: 'cpu' })).not.toContain('cpu');
  });

  it('promises nothing that would change nothing', () => {
    // Of every layer's map ISAC has need, so none is sliced; a small image has none that is large enough.
    expect(kinds(request)).not.toContain('slices');
    expect(kinds({ ...plain, width: 128, height: 128 })).not.toContain('slices');
    // The CPU computes such attention in one op, without a map.
    expect(kinds({ ...plain, device: 'cpu' })).not.toContain('slices');
    expect(kinds({ ...plain, width: 64, height: 64 })).not.toContain('smaller');
    // The system took the computer's memory, not a card's.
    expect(kinds(request, { cause: 'killed' })).not.toContain('cpu');
    expect(kinds(request, { devices: [{ ...gpu, device: 'cpu' }] })).not.toContain('cpu');
    expect(kinds(request, { devices: null })).not.toContain('cpu');
  });

  it('leaves the size where it belongs to something else', () => {
    const source = { image: 'ab'.repeat(32), denoise: 0.6, repaint: null };
    expect(kinds({ ...request, source })).not.toContain('smaller');
    expect(kinds(plain, { baseline: true })).not.toContain('smaller');
    const wide = lighterRequests({ ...request, width: 160, height: 96 }, { ...around, sizeMultiple: 32 });
    expect(wide.find(({ kind }) => kind === 'smaller')?.values).toEqual({ width: 96, height: 64 });
  });
});
