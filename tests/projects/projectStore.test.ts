import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Project } from '../../main/projects/projectStore.ts';
import { newResultId } from '../../main/projects/results.ts';
import { Session } from '../../main/projects/session.ts';
import { openProjectSchema, projectFileSchema, type SaveState } from '../../preload/contract/project.ts';
import { options, sampleDocument, sampleRun, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();
const fileOf = (path: string): ReturnType<typeof projectFileSchema.parse> =>
  projectFileSchema.parse(JSON.parse(readFileSync(join(path, 'project.json'), 'utf8')));

describe('Project', () => {
  it('is created, saved on every change within a second, closed and opened again', async () => {
    const states: SaveState['state'][] = [];
    const project = await Project.create(join(folder(), 'Dogs'), sampleDocument(), {
      ...options,
      onSave: ({ state }) => states.push(state),
    });
    expect(project.path).toMatch(/Dogs\.isac$/);
    expect(openProjectSchema.parse(await project.view()).name).toBe('Dogs');
    project.update({ ...sampleDocument(), negative: 'blurry' });
    expect(project.dirty).toBe(true);
    // That a second is enough is tested with a clock of its own (autosave.test.ts).
    while (project.dirty) await sleep(20);
    expect(states).toEqual(['pending', 'saved']);
    expect(fileOf(project.path).document.negative).toBe('blurry');
    project.update({ ...sampleDocument(), negative: 'at the last moment' });
    await project.close();
    const again = await Project.open(project.path, options);
    expect(again.document).toEqual({ ...sampleDocument(), negative: 'at the last moment' });
    expect((await again.view()).damage).toEqual([]);
    await again.close();
    expect(() => again.update(sampleDocument())).toThrow(/is closed/);
  });

  it('refuses a place that is taken and a document that does not fit', async () => {
    const place = folder();
    mkdirSync(join(place, 'Taken.isac'));
    await expect(Project.create(join(place, 'Taken'), sampleDocument(), options)).rejects.toThrow(
      'Taken.isac exists already: choose another name.',
    );
    await expect(
      Project.create(join(place, 'missing', 'folder', 'A'), { ...sampleDocument(), width: 65 }, options),
    ).rejects.toThrow(/The document cannot be saved: width/);
    expect(readdirSync(place)).toEqual(['Taken.isac']);
  });

  it('keeps a run once, though saving project.json fails after its files are there', async () => {
    const project = await Project.create(join(folder(), 'Dogs'), sampleDocument(), options);
    const run = { ...sampleRun(), id: newResultId() };
    // Nothing can take the place of a folder that is not empty: every save fails.
    const hindrance = join(project.path, 'project.json.bak');
    rmSync(hindrance, { force: true });
    mkdirSync(join(hindrance, 'in the way'), { recursive: true });
    await expect(project.addResult(run)).rejects.toThrow(/project.json|cannot be saved|save/);
    expect(fileOf(project.path).results).toEqual([]);
    await expect(project.addResult(run)).rejects.toThrow();
    rmSync(hindrance, { recursive: true });
    expect((await project.addResult(run)).id).toBe(run.id);
    expect(readdirSync(join(project.path, 'results'))).toEqual([run.id]);
    expect(fileOf(project.path).results).toEqual([run.id]);
    await project.close();
  });

  it('keeps results, deletes them with undo, and pins them', async () => {
    const project = await Project.create(join(folder(), 'Dogs'), sampleDocument(), options);
    const first = await project.addResult(sampleRun(1));
    await sleep(2);
    const second = await project.addResult({ ...sampleRun(2), baselineOf: first.id });
    expect(second.baselineOf).toBe(first.id);
    await project.deleteResult(first.id);
    expect(fileOf(project.path).results).toEqual([second.id]);
    await expect(project.loadResult(first.id)).rejects.toThrow(`The project has no result ${first.id}.`);
    await expect(project.deleteResult(first.id)).rejects.toThrow(/has no result/);
    expect((await project.restoreResult(first.id)).request.seed).toBe(1);
    expect(fileOf(project.path).results).toEqual([first.id, second.id]);
    await project.pinResult(second.id, true);
    await project.close();
    const again = await Project.open(project.path, options);
    expect((await again.view()).results.map(({ id, pinned }) => [id, pinned])).toEqual([
      [first.id, false],
      [second.id, true],
    ]);
    await again.close();
  });

  it('saves under another name with everything in it and goes on there', async () => {
    const place = folder();
    const project = await Project.create(join(place, 'One'), sampleDocument(), options);
    const result = await project.addResult(sampleRun());
    const file = await project.addBackdrop(sampleRun().image, 'photo.png');
    project.update({ ...sampleDocument(), backdrop: { file, opacity: 0.4 } });
    await project.saveAs(join(place, 'Two'));
    project.update({ ...project.document, negative: 'only in two' });
    await project.close();
    const [one, two] = [join(place, 'One.isac'), join(place, 'Two.isac')];
    expect(fileOf(one).document.negative).toBe('');
    expect(fileOf(two).document.negative).toBe('only in two');
    expect(fileOf(one).id).not.toBe(fileOf(two).id);
    const again = await Project.open(two, options);
    const view = await again.view();
    expect(view.damage).toEqual([]);
    expect(view.recovered).toBe(false);
    expect(view.results[0]?.id).toBe(result.id);
    expect((await again.readBackdrop(file)).mime).toBe('image/png');
    await again.close();
    expect(readdirSync(place).sort()).toEqual(['One.isac', 'Two.isac']);
  });

  it('does not save over what is there unless told to, and never over other folders or open projects', async () => {
    const place = folder();
    const project = await Project.create(join(place, 'One'), sampleDocument(), options);
    const other = await Project.create(join(place, 'Two'), { ...sampleDocument(), negative: 'two' }, options);
    await expect(project.saveAs(join(place, 'Two'))).rejects.toThrow(/exists already/);
    await expect(project.saveAs(join(place, 'Two'), { overwrite: true })).rejects.toThrow(/is already open/);
    await other.close();
    mkdirSync(join(place, 'Photos.isac'));
    writeFileSync(join(place, 'Photos.isac', 'mother.jpg'), 'precious');
    await expect(project.saveAs(join(place, 'Photos'), { overwrite: true })).rejects.toThrow(
      /is not replaced/,
    );
    expect(existsSync(join(place, 'Photos.isac', 'mother.jpg'))).toBe(true);
    expect(project.path).toBe(join(place, 'One.isac'));
    await project.saveAs(join(place, 'Two'), { overwrite: true });
    await project.close();
    expect(fileOf(join(place, 'Two.isac')).document.negative).toBe('');
    expect(readdirSync(place).sort()).toEqual(['One.isac', 'Photos.isac', 'Two.isac']);
  });

  it('loses no result that arrives while it is being saved elsewhere', async () => {
    const place = folder();
    const project = await Project.create(join(place, 'One'), sampleDocument(), options);
    const [, added] = await Promise.all([project.saveAs(join(place, 'Two')), project.addResult(sampleRun())]);
    const [kept] = await Promise.all([project.addResult(sampleRun(8)), project.saveAs(join(place, 'Three'))]);
    await project.close();
    const again = await Project.open(join(place, 'Three.isac'), options);
    const view = await again.view();
    expect(view.damage).toEqual([]);
    expect(view.results.map(({ id }) => id)).toEqual([added.id, kept.id]);
    await again.close();
  });

  it('says why it cannot save and can still be saved elsewhere', async () => {
    const place = folder();
    const states: SaveState[] = [];
    const project = await Project.create(join(place, 'One'), sampleDocument(), {
      ...options,
      onSave: (state) => states.push(state),
    });
    renameSync(project.path, join(place, 'moved'));
    project.update({ ...sampleDocument(), negative: 'unsaved' });
    await expect(project.close()).rejects.toThrow(
      /One.isac was moved or deleted: save the project under another name/,
    );
    expect(states.at(-1)?.state).toBe('failed');
    cpSync(join(place, 'moved'), project.path, { recursive: true });
    await project.close();
    expect(fileOf(project.path).document.negative).toBe('unsaved');
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'opens read-only where it may not write',
    async () => {
      const project = await Project.create(join(folder(), 'One'), sampleDocument(), options);
      await project.close();
      chmodSync(project.path, 0o555);
      const again = await Project.open(project.path, options);
      expect((await again.view()).readOnly).toBe(true);
      expect(() => again.update(sampleDocument())).toThrow(/cannot be written: save it under another name/);
      chmodSync(project.path, 0o755);
    },
  );
});

describe('Session', () => {
  it('offers what was open when the program died, and nothing that was closed', async () => {
    const userData = folder();
    const session = new Session(userData);
    const closed = await session.createUntitled(sampleDocument(), options);
    await session.opened(closed.path);
    await closed.close();
    await session.closed(closed.path);
    const crashed = await session.createUntitled(sampleDocument(), options);
    await session.opened(crashed.path);
    await crashed.addResult(sampleRun());
    expect(crashed.path).toBe(join(userData, 'untitled', 'Untitled 2.isac'));
    expect(crashed.untitled).toBe(true);
    // Still open here.
    expect(await session.unclosed(options.defaults)).toEqual([]);
    // The program dies: its lock stays, its process does not.
    const dead = { pid: 2 ** 22 + 9, processStart: '', token: 'x', taken: new Date().toISOString() };
    const host = (JSON.parse(readFileSync(join(crashed.path, '.lock'), 'utf8')) as { host: string }).host;
    writeFileSync(join(crashed.path, '.lock'), JSON.stringify({ ...dead, host }));
    writeFileSync(join(userData, 'open-projects', 'broken.json'), '{');
    const offered = await session.unclosed(options.defaults);
    expect(offered).toEqual([
      { path: crashed.path, name: 'Untitled 2', modified: expect.any(String), boxes: 2, results: 1 },
    ]);
    const recovered = await Project.open(crashed.path, {
      ...options,
      untitledFolder: session.untitledFolder,
    });
    expect((await recovered.view()).recovered).toBe(true);
    // Given a place, it leaves the program's own folder.
    await recovered.saveAs(join(userData, 'Dogs'));
    expect(existsSync(crashed.path)).toBe(false);
    expect(recovered.untitled).toBe(false);
    await recovered.close();
    await session.closed(crashed.path);
    expect(await session.unclosed(options.defaults)).toEqual([]);
  });

  it('discards untitled projects only', async () => {
    const session = new Session(folder());
    const project = await session.createUntitled(sampleDocument(), options, 'Draft');
    project.update({ ...sampleDocument(), negative: 'x' });
    await project.discardUntitled();
    expect(existsSync(project.path)).toBe(false);
    const saved = await Project.create(join(folder(), 'Saved'), sampleDocument(), options);
    await expect(saved.discardUntitled()).rejects.toThrow(/is not discarded/);
    await saved.close();
  });

  it('forgets projects that are gone', async () => {
    const session = new Session(folder());
    const project = await session.createUntitled(sampleDocument(), options);
    await session.opened(project.path);
    await project.close();
    rmSync(project.path, { recursive: true });
    expect(await session.unclosed(options.defaults)).toEqual([]);
  });
});
