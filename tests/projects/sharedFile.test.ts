import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { changeShared } from '../../main/projects/sharedFile.ts';
import { temporaryFolders } from './samples.ts';
import { spawnChild } from './spawnChild.ts';

const folder = temporaryFolders();
const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('changeShared', () => {
  it('lets one change in after the other, and leaves no lock', async () => {
    const path = join(folder(), 'made', 'number.json');
    const add = (): Promise<void> =>
      changeShared(path, async () => {
        const before = existsSync(path) ? Number(json(path)) : 0;
        await sleep(Math.random() * 3);
        writeFileSync(path, String(before + 1));
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect(json(path)).toBe(20);
    expect(readdirSync(join(path, '..'))).toEqual(['number.json']);
  });

  it('goes on after a change that fails, and after one whose process was killed', async () => {
    const path = join(folder(), 'list.json');
    await expect(changeShared(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const dead = {
      pid: 2 ** 22 + 9,
      processStart: '',
      host: hostname(),
      token: 'x',
      taken: '2026-11-01T10:00:00.000Z',
    };
    writeFileSync(`${path}.lock`, JSON.stringify(dead));
    expect(await changeShared(path, () => Promise.resolve('changed'))).toBe('changed');
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});

describe('five processes at once', () => {
  it('lose nothing of each other in any shared file', async () => {
    const place = folder();
    const names = ['0', '1', '2', '3', '4'];
    const children = names.map((name) => spawnChild('addShared.ts', place, name));
    await Promise.all(children.map((child) => child.line()));
    mkdirSync(join(place, 'go'));
    await Promise.all(children.map(({ ended }) => ended));
    expect(children.map((child) => child.output())).toEqual(names.map(() => 'ready\ndone\n'));

    const all = (prefix: string): string[] => names.map((name) => `${prefix}${name}`);
    const { models } = json(join(place, 'models.json')) as { models: { id: string }[] };
    expect(models.map(({ id }) => id).sort()).toEqual(all('model-'));
    expect(Object.keys(json(join(place, 'hashes.json')) as object).sort()).toEqual(all('/file-'));
    const runs = json(join(place, 'runs.json')) as { model: string }[];
    expect(runs.map(({ model }) => model).sort()).toEqual(all('model-'));
    const recent = json(join(place, 'recent.json')) as { name: string }[];
    expect(recent.map(({ name }) => name).sort()).toEqual(names);
    const downloads = json(join(place, 'downloads.json')) as { repository: { name: string } }[];
    expect(downloads.map(({ repository }) => repository.name).sort()).toEqual(all('some/model-'));
    const settings = json(join(place, 'device-settings.json')) as Record<string, { keepLoaded: boolean }>;
    expect(Object.values(settings).map(({ keepLoaded }) => keepLoaded)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(json(join(place, 'preferences.json'))).toEqual({
      language: 'ko',
      theme: 'dark',
      hintSeen: true,
      view: 'image',
    });
    expect(json(join(place, 'hub.json'))).toMatchObject({
      token: 'hf_1',
      endpoint: 'https://mirror.example',
    });
    expect((json(join(place, 'devices.json')) as { results: unknown[] }).results).toHaveLength(5);
    expect(readdirSync(place).filter((name) => /lock|tmp/.test(name))).toEqual([]);
  }, 300_000);
});
