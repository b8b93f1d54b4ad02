import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { NewerVersionError } from '../../main/projects/migrations.ts';
import { Project } from '../../main/projects/projectStore.ts';
import { documentOfRequest } from '../../main/projects/documentOfRequest.ts';
import { salvageProject } from '../../main/projects/salvage.ts';
import { projectFileSchema, type OpenProject } from '../../preload/contract/project.ts';
import { defaults, options, sampleDocument, sampleRun, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();
let path = '';
let result = '';
const main = (): string => join(path, 'project.json');

/** A project with one result, saved twice so that it has a backup, and closed. */
beforeEach(async () => {
  const project = await Project.create(join(folder(), 'Dogs.isac'), sampleDocument(), options);
  path = project.path;
  result = (await project.addResult(sampleRun())).id;
  project.update({ ...sampleDocument(), negative: 'blurry' });
  await project.close();
});

async function open(): Promise<OpenProject> {
  const project = await Project.open(path, options);
  const view = await project.view();
  await project.close();
  return view;
}

const messages = (view: OpenProject): string => view.damage.map(({ message }) => message).join('\n');

/** project.json with every value open to be spoilt. */
interface Raw {
  version?: unknown;
  id: unknown;
  results: unknown;
  document: Record<string, unknown> & {
    boxes: Record<string, unknown>[];
    settings: Record<string, unknown> & { isac: Record<string, unknown> };
  };
}

function edit(change: (raw: Raw) => void): void {
  const raw = JSON.parse(readFileSync(main(), 'utf8')) as Raw;
  change(raw);
  writeFileSync(main(), JSON.stringify(raw));
}

describe('a damaged project.json', () => {
  it('is opened from its backup when it is cut off, empty or gone, and says so', async () => {
    const whole = readFileSync(main());
    for (const [spoil, words] of [
      [
        () => truncateSync(main(), whole.length / 2),
        /project.json is cut off or not JSON .* the previous version, saved 20/,
      ],
      [() => truncateSync(main(), 0), /project.json is empty; the previous version/],
      [() => rmSync(main()), /project.json is missing; the previous version/],
      [() => writeFileSync(main(), '[1]'), /project.json does not hold an object/],
      [() => writeFileSync(main(), Buffer.alloc(500)), /project.json is cut off or not JSON/],
    ] as const) {
      writeFileSync(main(), whole);
      spoil();
      const view = await open();
      expect(messages(view)).toMatch(words);
      expect(view.damage).toHaveLength(1);
      expect(view.document.boxes).toEqual(sampleDocument().boxes);
      expect(view.results.map(({ id }) => id)).toEqual([result]);
    }
  });

  it('keeps the damaged file and the good backup when it is saved again', async () => {
    truncateSync(main(), 100);
    const cut = readFileSync(main(), 'utf8');
    const backup = readFileSync(`${main()}.bak`, 'utf8');
    const project = await Project.open(path, options);
    expect(readFileSync(main(), 'utf8')).toBe(cut);
    project.update({ ...project.document, negative: 'again' });
    await project.flush();
    const kept = readdirSync(path).filter((name) => name.startsWith('project.json.damaged-'));
    expect(kept.map((name) => readFileSync(join(path, name), 'utf8'))).toEqual([cut]);
    expect(readFileSync(`${main()}.bak`, 'utf8')).toBe(backup);
    project.update({ ...project.document, negative: 'and again' });
    await project.close();
    expect(readFileSync(`${main()}.bak`, 'utf8')).toContain('"again"');
    expect(messages(await open())).toBe('');
  });

  it('opens the layout of the newest result when both versions are lost', async () => {
    truncateSync(main(), 0);
    writeFileSync(`${main()}.bak`, '{"version":');
    const view = await open();
    expect(messages(view)).toBe(
      'project.json is empty and its backup is cut off or not JSON (Unexpected end of JSON input): ' +
        'the layout of the newest result was opened.',
    );
    expect(view.document).toEqual(documentOfRequest(sampleRun().result.request));
    expect(view.results).toHaveLength(1);
  });

  it('opens with an empty document when nothing tells of one', async () => {
    rmSync(main());
    rmSync(`${main()}.bak`);
    rmSync(join(path, 'results', result), { recursive: true });
    const view = await open();
    expect(view.document.boxes).toEqual([]);
    expect(messages(view)).toMatch(/the boxes are lost; the results are kept/);
  });

  it('keeps what fits when values have wrong types, and names the rest', async () => {
    edit((raw) => {
      const { document } = raw;
      Object.assign(document.boxes[0] ?? {}, { box: [0.9, 0.1, 0.2, 0.3] });
      Object.assign(document.boxes[1] ?? {}, { colour: 'red' });
      document.boxes.push({ id: 'b', phrase: 'cat', box: [0, 0, 1, 1] }, { id: 17 });
      document.settings['steps'] = 'many';
      document.settings.isac['strength'] = -3;
      Object.assign(document, { width: 63, extra: true, caption: null });
      raw.id = 'x';
    });
    const view = await open();
    expect(view.document.boxes.map(({ phrase }) => phrase)).toEqual(['brown dog', 'cat']);
    expect(view.document.boxes[1]?.id).not.toBe('b');
    expect(view.document.bind).toEqual([]);
    expect(view.document.settings.steps).toBe(25);
    expect(view.document.settings.isac.strength).toBe(0.01);
    expect(view.document.width).toBe(defaults.width);
    expect(view.document.negative).toBe('blurry');
    const text = messages(view);
    for (const words of [
      'box 1 ("sheep") was left out: box: must be [x0, y0, x1, y1]',
      'box 3 ("cat") had the id of another box and got a new one',
      'box 4 was left out',
      'document.settings.steps cannot be read',
      'document.settings.isac.strength cannot be read',
      'document.width cannot be read',
      'document.extra is unknown and was left out',
      'document.caption cannot be read',
      'id cannot be read',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('opens without a version number', async () => {
    edit((raw) => delete raw.version);
    const view = await open();
    expect(view.document.boxes).toHaveLength(2);
    expect(messages(view)).toMatch(/has no version number/);
  });

  it('refuses a newer version and leaves every file as it was', async () => {
    edit((raw) => (raw.version = 99));
    const before = readdirSync(path).map((name) => [
      name,
      name.startsWith('project') && readFileSync(join(path, name), 'utf8'),
    ]);
    await expect(Project.open(path, options)).rejects.toThrow(NewerVersionError);
    await expect(Project.open(path, options)).rejects.toThrow(/project version 99; this one reads up to 1/);
    const after = readdirSync(path).map((name) => [
      name,
      name.startsWith('project') && readFileSync(join(path, name), 'utf8'),
    ]);
    expect(after).toEqual(before);
  });

  it('is salvaged into something valid whatever it holds', () => {
    const keys = [
      'format',
      'id',
      'created',
      'document',
      'results',
      'writtenBy',
      'modified',
      'boxes',
      'settings',
    ];
    const anything = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), fc.jsonValue());
    fc.assert(
      fc.property(anything, anything, anything, (raw, document, settings) => {
        const input = { ...raw, document: { ...document, settings } };
        const { file, damage } = salvageProject(input, defaults, 'project.json');
        projectFileSchema.parse(file);
        expect(damage.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('damaged results', () => {
  const file = (name: string): string => join(path, 'results', result, name);

  it('are listed with what is missing', async () => {
    rmSync(file('image.png'));
    truncateSync(file('masks/02-brown-dog.png'), 10);
    const view = await open();
    expect(view.results[0]?.missing).toEqual(['image.png', 'masks/02-brown-dog.png']);
    expect(view.results[0]?.thumbnail).not.toBeNull();
    expect(messages(view)).toMatch(/image.png is missing/);
    expect(messages(view)).toMatch(/02-brown-dog.png is damaged \(10 bytes instead of \d+\)/);
    const project = await Project.open(path, options);
    const loaded = await project.loadResult(result);
    expect(loaded.image).toBeNull();
    expect(loaded.masks.map((mask) => mask !== null)).toEqual([true, false]);
    await project.close();
  });

  it('are listed from the request in the image when result.json is lost', async () => {
    writeFileSync(file('result.json'), '{"version":1');
    rmSync(file('thumbnail.png'));
    const view = await open();
    expect(view.results[0]?.request).toEqual(sampleRun().result.request);
    expect(view.results[0]?.thumbnail).not.toBeNull();
    expect(messages(view)).toMatch(/result.json cannot be read/);
  });

  it('are told of when they are gone or tell nothing', async () => {
    rmSync(file('result.json'));
    rmSync(file('image.png'));
    mkdirSync(join(path, 'results', '20260101-000000-000-abcdef'));
    let view = await open();
    expect(view.results).toEqual([]);
    expect(messages(view)).toMatch(new RegExp(`results/${result}/ tells nothing about how it was made`));
    rmSync(join(path, 'results', result), { recursive: true });
    view = await open();
    expect(messages(view)).toContain(`results/${result}, a result, is missing.`);
  });

  it('are listed when entry.json is lost', async () => {
    rmSync(file('entry.json'));
    const view = await open();
    expect(view.results[0]?.id).toBe(result);
    expect(view.results[0]?.missing).toEqual([]);
    expect(messages(view)).toMatch(/entry.json is missing/);
  });

  it('that the project does not know of yet (a crash in between) are taken in', async () => {
    edit((raw) => (raw.results = []));
    const view = await open();
    expect(view.results.map(({ id }) => id)).toEqual([result]);
    expect(view.damage).toEqual([]);
  });

  it('cannot lead out of their folder', async () => {
    const entry = JSON.parse(readFileSync(file('entry.json'), 'utf8')) as { files: Record<string, unknown> };
    entry.files['../../project.json'] = { bytes: 5, sha256: '' };
    entry.files['masks/../../x'] = { bytes: 5, sha256: '' };
    writeFileSync(file('entry.json'), JSON.stringify(entry));
    const view = await open();
    expect(view.results[0]?.missing).toEqual(['../../project.json', 'masks/../../x']);
    const project = await Project.open(path, options);
    await expect(project.loadResult('../../etc')).rejects.toThrow(/is not the name of a result/);
    await expect(project.readBackdrop('backdrops/../project.json')).rejects.toThrow(/is not a backdrop/);
    await project.close();
  });

  it('with trailing rubbish are noticed', async () => {
    appendFileSync(file('image.png'), 'x');
    expect((await open()).results[0]?.missing).toEqual(['image.png']);
  });
});

it('names a folder that is no project', async () => {
  const plain = folder();
  await expect(Project.open(plain, options)).rejects.toThrow(
    `${plain} is no project: a project is a folder whose name ends with .isac.`,
  );
  const place = join(folder(), 'Empty.isac');
  mkdirSync(place);
  await expect(Project.open(place, options)).rejects.toThrow(
    `${place} is not an ISAC Studio project: it holds no project.json.`,
  );
  expect(readdirSync(place)).toEqual([]);
});

it('says when the backdrop is gone', async () => {
  const project = await Project.open(path, options);
  const file = await project.addBackdrop(sampleRun().image, 'photo.png');
  project.update({ ...project.document, backdrop: { file, opacity: 0.5 } });
  await project.close();
  expect((await open()).damage).toEqual([]);
  copyFileSync(join(path, file), join(path, 'copy.png'));
  rmSync(join(path, file));
  expect(messages(await open())).toBe(`${file}, the backdrop, is missing.`);
});
