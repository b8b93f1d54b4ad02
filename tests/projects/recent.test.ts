import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RecentProjects } from '../../main/projects/recent.ts';
import { temporaryFolders } from './samples.ts';

const folder = temporaryFolders();

it('lists the newest first, each once, twenty at most', async () => {
  const recent = new RecentProjects(join(folder(), 'deep', 'recent.json'));
  expect(await recent.list()).toEqual([]);
  await Promise.all(Array.from({ length: 25 }, (_, index) => recent.add(`/projects/P${index}.isac`)));
  await recent.add('/projects/P20.isac');
  const names = (await recent.list()).map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual(['P20', 'P24', 'P23']);
  expect(names).toHaveLength(20);
  await recent.remove('/projects/P20.isac');
  expect((await recent.list())[0]?.name).toBe('P24');
});

it.each(['', '{', '{"a":1}', 'null'])('takes a damaged list for an empty one: %j', async (text) => {
  const path = join(folder(), 'recent.json');
  writeFileSync(path, text);
  const recent = new RecentProjects(path);
  expect(await recent.list()).toEqual([]);
  await recent.add('/a/B.isac');
  expect(await recent.list()).toHaveLength(1);
});

it('keeps the entries that can be read', async () => {
  const path = join(folder(), 'recent.json');
  const good = { path: '/a/B.isac', name: 'B', opened: '2026-11-23T10:00:00.000Z' };
  writeFileSync(path, JSON.stringify([17, good, { path: 3 }]));
  expect(await new RecentProjects(path).list()).toEqual([good]);
});
