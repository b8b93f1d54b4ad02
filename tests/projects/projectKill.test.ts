import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Project } from '../../main/projects/projectStore.ts';
import { options, sampleDocument, temporaryFolders } from './samples.ts';
import { spawnChild } from './spawnChild.ts';

const folder = temporaryFolders();

it('opens undamaged with all that was saved, however often the program is killed while saving', async () => {
  const path = join(folder(), 'Killed.isac');
  await (await Project.create(path, sampleDocument(), options)).close();
  const counts: number[] = [];
  for (let round = 0; round < 8; round++) {
    const child = spawnChild('writeForever.ts', path);
    await child.line();
    await sleep(5 + Math.random() * 60);
    child.process.kill('SIGKILL');
    expect(await child.ended).toBe('SIGKILL');
    const acknowledged = Number(child.output().trimEnd().split('\n').at(-1)) || 0;
    counts.push(acknowledged);
    const project = await Project.open(path, options);
    const view = await project.view();
    expect(view.damage).toEqual([]);
    expect(view.recovered).toBe(true);
    if (acknowledged > 0) {
      const [first, , last] = view.document.caption.text.split(' ');
      expect(first).toBe(last);
      // The last one that was reported as saved is there, or the one after it.
      expect(Number(first) - acknowledged).toBeGreaterThanOrEqual(0);
      expect(Number(first) - acknowledged).toBeLessThanOrEqual(1);
    }
    await project.close();
    expect(existsSync(join(path, '.lock'))).toBe(false);
  }
  expect(Math.max(...counts)).toBeGreaterThan(1);
}, 180_000);
