import { describe, expect, it } from 'vitest';
import { isacFields, isacSchema } from '../../preload/contract/isac.ts';
import { requestSchema } from '../../preload/contract/request.ts';
import { isacPresets, presetOf, withPreset } from '../../preload/contract/isacPresets.ts';

/** As version 0.1.0 wrote it into result.json on 2026-11-24 (all of its fields, and no other). */
const stored = {
  method: 'lo',
  schedule: 'instance-then-semantic',
  stepRule: 'normalised',
  strength: 0.01,
  iterations: 1,
  firstStep: 0,
  lastStep: 0.3,
  region: 'image',
  maxProbeSide: null,
  earlyEnd: false,
  semantic: 'caption',
  mapUpsampling: 'mass',
  mapScale: 'peak',
  coordinateWeight: 1,
  groundingLoss: 0,
  kmeansIterations: 5,
  candidates: 10,
  halving: false,
} as const;

describe('settings of ISAC that an earlier version stored', () => {
  it('keep their values, and mean what they meant', () => {
    const read = isacSchema.parse(stored);
    expect(read).toMatchObject(stored);
    expect(read).toMatchObject({
      scheduleOver: 'run',
      balance: 'sum',
      reusePrediction: false,
      minProbeSide: null,
      semanticSide: null,
      layerWeights: 'layers',
      wordShare: 'all',
      overlap: 'product',
      presence: 0,
      features: 'plain',
      seeds: 'farthest',
      masks: 'clusters',
    });
    expect(presetOf(read)).toBe('isac-2026-11');
  });

  it('are told from new ones, which stay as they are when they are read again', () => {
    const fresh = isacSchema.parse({});
    expect(presetOf(fresh)).toBe('isac');
    expect(isacSchema.parse(fresh)).toEqual(fresh);
    const read = isacSchema.parse(stored);
    expect(isacSchema.parse(read)).toEqual(read);
  });

  it('may lack what came into that version later', () => {
    const { region, groundingLoss, halving, ...early } = stored;
    expect(isacSchema.parse(early)).toEqual(isacSchema.parse(stored));
    expect([region, groundingLoss, halving]).toEqual(['image', 0, false]);
  });

  it('are new where only some are stated: the others get today’s defaults', () => {
    expect(isacSchema.parse({ method: 'ls', strength: 0.02 })).toEqual({
      ...isacFields.parse({}),
      method: 'ls',
      strength: 0.02,
    });
  });

  it('stay refused where they are wrong', () => {
    expect(isacSchema.safeParse({ ...stored, kmeansIterations: 0 }).success).toBe(false);
    expect(isacSchema.safeParse({ ...stored, unheard: 1 }).success).toBe(false);
    expect(isacSchema.safeParse('lo').success).toBe(false);
  });

  it('open within a whole request', () => {
    const request = { version: 1, model: 'm', width: 128, height: 128, caption: 'a dog', boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }], seed: 1 }; // prettier-ignore
    expect(requestSchema.parse({ ...request, isac: stored }).isac).toEqual(isacSchema.parse(stored));
    expect(requestSchema.parse(request).isac).toEqual(isacSchema.parse({}));
  });
});

describe('presets', () => {
  it.each(isacPresets)('%s is found again, whatever method and candidates', (preset) => {
    const current = isacSchema.parse({ method: 'ls', candidates: 4, halving: true, region: 'boxes' });
    const chosen = withPreset(current, preset);
    expect(chosen).toMatchObject({ method: 'ls', candidates: 4, halving: true, region: 'boxes' });
    expect(isacSchema.parse(chosen)).toEqual(chosen);
    expect(presetOf(chosen)).toBe(preset);
    expect(presetOf({ ...chosen, strength: 0.5 })).toBeNull();
  });

  it('literal is algorithm 1: the raw gradient times 0.01, at every step', () => {
    expect(withPreset(isacSchema.parse({}), 'isac-paper-literal')).toMatchObject({
      stepRule: 'raw',
      strength: 0.01,
      iterations: 1,
      firstStep: 0,
      lastStep: 1,
      balance: 'sum',
      mapUpsampling: 'values',
      mapScale: 'raw',
      overlap: 'product',
      layerWeights: 'heads',
    });
  });
});
