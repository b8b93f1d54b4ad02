import { describe, expect, it } from 'vitest';
import type { Download, ModelInfo } from '../../../preload/contract/models.ts';
import { downloadText } from '../../../renderer/library/models/downloadText.ts';
import { factsLine } from '../../../renderer/library/models/factsLine.ts';
import { isWeights, planTotals } from '../../../renderer/library/models/planTotals.ts';
import { catalogue } from '../../../renderer/ui/i18n.ts';
import type { Translate } from '../../../renderer/ui/i18n.ts';

const t: Translate = (key, values = {}) =>
  Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`{{${name}}}`, String(value)),
    catalogue.en[key] as string,
  );

const model: ModelInfo = {
  id: 'a',
  name: 'a',
  origin: 'added',
  kind: 'folder',
  path: '/a',
  adapter: null,
  family: 'Stable Diffusion 1.x',
  grounding: 'text boxes',
  width: 512,
  height: 512,
  sizeMultiple: 64,
  precision: 'float16',
  weightBytes: 2_400_000_000,
  licence: null,
  repository: null,
  vocabulary: null,
  problem: null,
  deletable: false,
};

describe('a model in one line', () => {
  it('names what is known', () => {
    expect(factsLine(model, t)).toBe(
      'Stable Diffusion 1.x · text boxes · 512 × 512 · float16 · 2.4 GB · licence unknown',
    );
    expect(factsLine({ ...model, family: null, grounding: 'none', precision: null, licence: 'mit' }, t)).toBe(
      'no boxes · 512 × 512 · 2.4 GB · mit',
    );
  });
});

describe('what a choice of files comes to', () => {
  const files = [
    { path: 'unet/a.safetensors', bytes: 1000, chosen: true, presentBytes: 400 },
    { path: 'unet/b.bin', bytes: 5000, chosen: false, presentBytes: 0 },
    { path: 'README.md', bytes: 10, chosen: true, presentBytes: 0 },
  ];

  it('adds what is chosen and not there yet, and knows whether there is room', () => {
    expect(planTotals({ files, freeBytes: 610 }, new Set(['unet/a.safetensors', 'README.md']))).toEqual({
      bytes: 1010,
      toCome: 610,
      fits: true,
    });
    expect(planTotals({ files, freeBytes: 609 }, new Set(['unet/a.safetensors', 'README.md'])).fits).toBe(
      false,
    );
    expect(planTotals({ files, freeBytes: 0 }, new Set())).toEqual({ bytes: 0, toCome: 0, fits: true });
  });

  it('asks about weights only', () => {
    expect(files.map(({ path }) => isWeights(path))).toEqual([true, true, false]);
  });
});

describe('a download in one line', () => {
  const download: Download = {
    id: crypto.randomUUID(),
    repository: { name: 'a/b', revision: 'c', licence: null, gated: false },
    folder: '/m',
    files: ['a'],
    state: 'running',
    file: 'a',
    doneBytes: 400_000_000,
    totalBytes: 1_600_000_000,
    bytesPerSecond: 12_000_000,
    message: '',
    model: null,
  };

  it('tells bytes, speed and time left, and no speed before there is one', () => {
    expect(downloadText(download, t)).toBe('400 MB / 1.6 GB · 12 MB/s · 1:40 left');
    expect(downloadText({ ...download, bytesPerSecond: null }, t)).toBe('400 MB / 1.6 GB');
    expect(downloadText({ ...download, bytesPerSecond: 0 }, t)).toBe('400 MB / 1.6 GB');
  });
});
