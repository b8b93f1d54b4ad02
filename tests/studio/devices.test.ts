import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../main/studio/devices.ts';
import type { OpenedProject } from '../../preload/contract/studioRecords.ts';
import { Page, studios, twoBoxes } from './harness.ts';

const studio = studios();

/** A probe that counts; the devices named work. */
function probe(...working: string[]): { probed: string[]; probe: Probe } {
  const probed: string[] = [];
  return {
    probed,
    probe: (provider) => {
      probed.push(provider);
      const works = working.includes(provider);
      return Promise.resolve({
        provider,
        works,
        reason: works ? '' : `${provider} does not start: no driver.`,
      });
    },
  };
}

const start = async (page: Page): Promise<OpenedProject> => page.call('project.create', {});

describe('devices', () => {
  it('are probed once, remembered for the next start, and probed again when asked', async () => {
    const first = probe('cpu', 'webgpu');
    const { service, data } = studio({ probe: first.probe });
    const page = new Page(service);
    const found = await page.call('devices.list', {});
    expect(found.filter(({ works }) => works).map(({ device }) => device)).toEqual(['cpu', 'webgpu']);
    expect(found.find(({ device }) => device === 'cuda')?.reason).toBe('cuda does not start: no driver.');
    await page.call('devices.list', {});
    expect(first.probed).toHaveLength(5);
    await service.close();

    const second = probe('cpu');
    const again = new Page(studio({ data, probe: second.probe }).service);
    expect(await again.call('devices.list', {})).toEqual(found);
    expect(second.probed).toEqual([]);
    const anew = await again.call('devices.probe', {});
    expect(anew.filter(({ works }) => works).map(({ device }) => device)).toEqual(['cpu']);
    expect(second.probed).toHaveLength(5);
  });

  it('are doubted after a job that failed on one, and the next job works', async () => {
    const { probed, probe: counted } = probe('cpu', 'webgpu');
    const page = new Page(studio({ probe: counted }).service);
    await page.call('devices.list', {});
    const project = await start(page);
    expect((await page.run(project, twoBoxes('crash', { device: 'webgpu' }))).type).toBe('failed');
    expect((await page.run(project, twoBoxes('fine', { device: 'webgpu' }))).type).toBe('done');
    await page.call('devices.list', {});
    expect(probed).toHaveLength(10);
  });

  it('each have settings, which a job takes up', async () => {
    const { service, data } = studio();
    const page = new Page(service);
    expect((await page.call('devices.list', {}))[0]?.settings).toEqual({
      vaeTile: null,
      attentionSlices: null,
      precision: 'float32',
      keepLoaded: true,
    });
    const settings = { vaeTile: 32, attentionSlices: 4, precision: 'float16' as const, keepLoaded: false };
    const changed = await page.call('devices.configure', { device: 'cpu', settings });
    expect(changed.map(({ settings: own }) => own.vaeTile)).toEqual([32, null, null, null, null]);
    const project = await start(page);
    const done = await page.run(project, twoBoxes('fine'));
    if (done.type !== 'done') throw new Error(done.type);
    const view = await page.call('results.read', { project: project.handle, result: done.entry.id });
    expect(view.result.request).toMatchObject({ vaeTile: 32, attentionSlices: 4, precision: 'float16' });
    // What a request says itself counts more.
    const own = await page.run(
      project,
      twoBoxes('fine', { vaeTile: 64, attentionSlices: 1, precision: 'float32' }),
    );
    if (own.type !== 'done') throw new Error(own.type);
    const other = await page.call('results.read', { project: project.handle, result: own.entry.id });
    expect(other.result.request).toMatchObject({ vaeTile: 64, attentionSlices: 1, precision: 'float32' });
    // The document knows nothing of it.
    const document = await page.call('results.document', { project: project.handle, result: own.entry.id });
    expect(JSON.stringify(document)).not.toMatch(/vaeTile|attentionSlices|precision/);
    expect(JSON.parse(readFileSync(join(data, 'data', 'device-settings.json'), 'utf8'))).toMatchObject({
      cpu: settings,
    });
  });

  it('keep what an earlier version knew of them', async () => {
    const { service, data } = studio();
    const page = new Page(service);
    await page.call('devices.configure', {
      device: 'cpu',
      settings: { vaeTile: 32, attentionSlices: 2, precision: 'float32', keepLoaded: false },
    });
    const file = join(data, 'data', 'device-settings.json');
    writeFileSync(file, JSON.stringify({ cpu: { vaeTile: 16, keepLoaded: false } }));
    expect((await page.call('devices.list', {}))[0]?.settings).toEqual({
      vaeTile: 16,
      attentionSlices: null,
      precision: 'float32',
      keepLoaded: false,
    });
  });

  it('refuse settings that cannot be', async () => {
    const page = new Page(studio().service);
    const good = { vaeTile: 32, attentionSlices: 2, precision: 'float32' as const, keepLoaded: true };
    for (const bad of [
      { vaeTile: 0 },
      { vaeTile: 7 },
      { vaeTile: 1000 },
      { attentionSlices: 0 },
      { attentionSlices: 1.5 },
    ])
      await expect(
        page.call('devices.configure', { device: 'cpu', settings: { ...good, ...bad } }),
      ).rejects.toThrow();
  });
});

describe('the figure before a run', () => {
  it('is there once such a run was measured here, and only then', async () => {
    const { service, data } = studio();
    const page = new Page(service);
    const project = await start(page);
    const request = twoBoxes('fine');
    expect(await page.call('runs.estimate', { request })).toBeNull();
    await page.run(project, request);
    // That was the first run, with nothing loaded; the next ones are quicker, and how quick is not known yet.
    expect(await page.call('runs.estimate', { request })).toBeNull();
    await page.run(project, request);
    const figure = await page.call('runs.estimate', {
      request: { ...request, seed: 99, caption: 'other words' },
    });
    expect(figure).toMatchObject({ runs: 1, scaled: false, device: 'cpu' });
    expect(figure?.seconds).toBeGreaterThan(0);
    expect(await page.call('runs.estimate', { request: { ...request, width: 128 } })).toBeNull();
    expect(await page.call('runs.estimate', { request: { ...request, steps: 40 } })).toMatchObject({
      scaled: true,
    });
    await service.close();
    // The next start knows the first run's cost.
    const again = new Page(studio({ data }).service);
    expect(await again.call('runs.estimate', { request })).toMatchObject({ runs: 1 });
  });
});
