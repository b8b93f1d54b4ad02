import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { contentsOf } from '../../main/projects/projectContents.ts';
import { readProjectFile } from '../../main/projects/projectFile.ts';
import { Project } from '../../main/projects/projectStore.ts';
import { options, sampleDocument, sampleRun, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();
const { open } = fsPromises;
afterEach(() => {
  fsPromises.open = open;
  syncBuiltinESMExports();
});

it('opens with many results without reading a single picture, in their order', async () => {
  const project = await Project.create(join(folder(), 'Many'), sampleDocument(), options);
  const ids: string[] = [];
  for (let seed = 0; seed < 20; seed++) ids.push((await project.addResult(sampleRun(seed))).id);
  const [first = '', second = ''] = ids;
  await project.close();
  rmSync(join(project.path, 'results', first, 'thumbnail.png'));
  rmSync(join(project.path, 'results', second, 'thumbnail.png'));
  rmSync(join(project.path, 'results', second, 'image.png'));
  const read: string[] = [];
  fsPromises.open = (path, ...rest) => {
    read.push(String(path));
    return open(path, ...rest);
  };
  syncBuiltinESMExports();
  // As the reader's thread runs it, here, where its reads can be counted.
  const { file, damage: found } = await readProjectFile(project.path, options.defaults);
  const { results, damage } = await contentsOf(project.path, file, found);
  expect(read.filter((path) => path.endsWith('.png'))).toEqual([]);
  expect(read.filter((path) => path.endsWith('result.json')).length).toBeGreaterThanOrEqual(20);
  expect(results.map(({ id }) => id)).toEqual(ids);
  expect(results.map(({ request }) => request.seed)).toEqual(ids.map((_, seed) => seed));
  // The file that is read when the result comes into view.
  expect(results.map(({ thumbnail }) => thumbnail)).toEqual([
    'image.png',
    null,
    ...Array.from({ length: 18 }, () => 'thumbnail.png'),
  ]);
  expect(damage).toHaveLength(3);
});
