import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { changedFiles } from '../../main/projects/changedFiles.ts';
import { Project } from '../../main/projects/projectStore.ts';
import { readResultRecord } from '../../main/projects/resultFiles.ts';
import { options, sampleDocument, sampleRun, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();

/** Another byte in the middle of a file: its size stays. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

it.each(['image.png', 'masks/01-sheep.png', 'masks/02-brown-dog.png', 'trace.json', 'thumbnail.png'])(
  'finds another byte in %s at its first read, though its size is the same',
  async (file) => {
    const project = await Project.create(join(folder(), 'One'), sampleDocument(), options);
    const { id } = await project.addResult(sampleRun());
    const at = join(project.path, 'results', id);
    const record = await readResultRecord(project.path, id, []);
    if (record === null) throw new Error('no result');
    expect(await changedFiles(at, record.entry, record.missing)).toEqual([]);
    flip(join(at, file));
    expect(await changedFiles(at, record.entry, record.missing)).toEqual([file]);
    expect(await changedFiles(at, record.entry, [file])).toEqual([]);
    await project.close();
  },
);

it('tells of another number in result.json when the project is opened, and goes on with it', async () => {
  const project = await Project.create(join(folder(), 'One'), sampleDocument(), options);
  const { id } = await project.addResult(sampleRun());
  await project.close();
  const path = join(project.path, 'results', id, 'result.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"seed":7', '"seed":8'));
  const again = await Project.open(project.path, options);
  const { damage, results } = await again.view();
  expect(damage.map(({ message }) => message)).toEqual([
    `results/${id}/result.json was changed after it was written; what it says of the run may be wrong.`,
  ]);
  expect(results).toHaveLength(1);
  await again.close();
});
