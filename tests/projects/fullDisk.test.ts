import { readdirSync, readFileSync, rmSync } from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LOCK_NAME } from '../../main/projects/lock.ts';
import { Project } from '../../main/projects/projectStore.ts';
import { options, sampleDocument, sampleRun, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();
const whole = { ...fsPromises };
afterEach(() => {
  Object.assign(fsPromises, whole);
  syncBuiltinESMExports();
});

/** From now on nothing can be written below a folder: files are made and stay empty, as on a real full disk. */
function fill(place: string, code: string): void {
  const refuse = (): never => {
    throw Object.assign(new Error(`${code}: no space left on device, write`), { code });
  };
  const inside = (path: unknown): boolean => String(path).startsWith(place);
  fsPromises.writeFile = async (path, data, how) => {
    if (!inside(path)) return whole.writeFile(path, data, how);
    await whole.writeFile(path, '', how);
    refuse();
  };
  fsPromises.mkdir = (async (path: string, how?: object) => {
    if (!inside(path) || how === undefined) return whole.mkdir(path, how);
    // A folder that is there needs no room.
    return (await whole.stat(path).catch(refuse)).isDirectory() ? undefined : refuse();
  }) as typeof fsPromises.mkdir;
  syncBuiltinESMExports();
}

async function closedProject(): Promise<string> {
  const project = await Project.create(join(folder(), 'One'), sampleDocument(), options);
  await project.addResult(sampleRun());
  await project.close();
  return project.path;
}

describe('a project on a disk that is full', () => {
  it.each(['ENOSPC', 'EDQUOT'])(
    'opens for reading, with its results, and leaves nothing behind: %s',
    async (code) => {
      const path = await closedProject();
      const before = readdirSync(path, { recursive: true }).sort();
      fill(path, code);
      const project = await Project.open(path, options);
      const view = await project.view();
      expect(view.readOnly).toBe(true);
      expect(view.document.boxes).toHaveLength(2);
      expect(view.results).toHaveLength(1);
      expect(() => project.update(sampleDocument())).toThrow(/cannot be written: save it under another name/);
      await project.close();
      expect(readdirSync(path, { recursive: true }).sort()).toEqual(before);
    },
  );

  it('opens for reading where the lock still fits and a missing folder does not', async () => {
    const path = await closedProject();
    rmSync(join(path, 'results'), { recursive: true });
    fill(path, 'ENOSPC');
    fsPromises.writeFile = whole.writeFile;
    syncBuiltinESMExports();
    const project = await Project.open(path, options);
    expect(project.readOnly).toBe(true);
    expect(readdirSync(path)).not.toContain(LOCK_NAME);
  });

  it('can be saved where there is room, and opens for writing when there is room again', async () => {
    const path = await closedProject();
    fill(path, 'ENOSPC');
    const project = await Project.open(path, options);
    const elsewhere = join(folder(), 'Elsewhere.isac');
    await project.saveAs(elsewhere);
    project.update({ ...sampleDocument(), negative: 'written elsewhere' });
    await project.close();
    expect(readFileSync(join(elsewhere, 'project.json'), 'utf8')).toContain('written elsewhere');
    Object.assign(fsPromises, whole);
    syncBuiltinESMExports();
    const again = await Project.open(path, options);
    expect(again.readOnly).toBe(false);
    await again.close();
  });
});

describe('save as, with a fault at one file system call after the other', () => {
  it('is done or changes nothing, and leaves no lock and no temporary file', async () => {
    const names = ['rename', 'rm', 'open', 'link', 'writeFile', 'mkdir', 'copyFile'] as const;
    for (const overwrite of [false, true]) {
      for (let fatal = 1, calls = fatal; calls >= fatal; fatal++) {
        const place = folder();
        const target = join(place, 'Target.isac');
        if (overwrite) {
          await (await Project.create(target, { ...sampleDocument(), negative: 'old' }, options)).close();
        }
        const project = await Project.create(
          join(place, 'Source'),
          { ...sampleDocument(), negative: 'new' },
          options,
        );
        await project.addResult(sampleRun());
        const source = project.path;
        calls = 0;
        for (const name of names) {
          const original = whole[name] as (...args: unknown[]) => Promise<unknown>;
          Object.assign(fsPromises, {
            [name]: (...args: unknown[]) => {
              calls += 1;
              if (calls !== fatal) return original(...args);
              return Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
            },
          });
        }
        syncBuiltinESMExports();
        const failed = await project.saveAs(target, { overwrite }).then(
          () => false,
          () => true,
        );
        Object.assign(fsPromises, whole);
        syncBuiltinESMExports();
        const where = `fault ${fatal}, overwrite ${overwrite}`;
        expect(project.path, where).toBe(failed ? source : target);
        const there = readdirSync(place).filter((name) => name === 'Target.isac').length === 1;
        if (failed && overwrite) {
          expect(readFileSync(join(target, 'project.json'), 'utf8'), where).toContain('"old"');
        } else {
          expect(there, where).toBe(!failed);
        }
        // It goes on: the project can be changed and closed, and both places can be opened.
        project.update({ ...sampleDocument(), negative: 'after' });
        await project.close();
        for (const path of new Set([source, ...(there ? [target] : [])])) {
          expect(readdirSync(path), `${where}: ${path}`).not.toContain(LOCK_NAME);
          const again = await Project.open(path, options);
          expect(again.readOnly, where).toBe(false);
          await again.close();
        }
      }
    }
  }, 300_000);
});
