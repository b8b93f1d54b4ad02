import {
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import yazl from 'yazl';
import {
  ARCHIVE_LIMITS,
  type ArchiveLimits,
  exportArchive,
  importArchive,
} from '../../main/projects/archive.ts';
import { Project } from '../../main/projects/projectStore.ts';
import { newProjectFile } from '../../main/projects/projectFile.ts';
import { defaults, options, sampleDocument, sampleRun, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();
const projectJson = Buffer.from(JSON.stringify(newProjectFile(sampleDocument(), 'test')));

interface Entry {
  name: string;
  data?: Buffer;
  mode?: number;
  compress?: boolean;
}

/** A zip with any names: yazl refuses bad ones, so a harmless name of the same length is replaced in the file. */
async function makeZip(entries: readonly Entry[]): Promise<string> {
  const path = join(folder(), 'Hostile.isac.zip');
  const zip = new yazl.ZipFile();
  const replaced: [string, string][] = [];
  entries.forEach(({ name, data = projectJson, mode, compress = true }, index) => {
    const harmless =
      /\.\.|^\/|\\|:|^[^\x20-\x7e]/.test(name) || entries.some((one, at) => at < index && one.name === name);
    const written = harmless ? String(index).padStart(name.length, 'z') : name;
    if (harmless) replaced.push([written, name]);
    zip.addBuffer(data, written, { compress, ...(mode === undefined ? {} : { mode }) });
  });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  let bytes = readFileSync(path).toString('latin1');
  for (const [from, to] of replaced) bytes = bytes.replaceAll(from, to);
  writeFileSync(path, bytes, 'latin1');
  return path;
}

describe('archives', () => {
  it('carry a whole project there and back', async () => {
    const place = folder();
    const project = await Project.create(join(place, 'Dogs & sheep'), sampleDocument(), options);
    const kept = await project.addResult(sampleRun(1));
    const gone = await project.addResult(sampleRun(2));
    await project.deleteResult(gone.id);
    const file = await project.addBackdrop(sampleRun().image, 'photo.png');
    project.update({ ...sampleDocument(), backdrop: { file, opacity: 0.3 } });
    await project.flush();
    const archive = join(place, 'out.isac.zip');
    await exportArchive(project.path, archive);
    const zip = await yauzl.openPromise(archive);
    const names: string[] = [];
    for await (const { fileName } of zip.eachEntry()) names.push(fileName);
    const at = `Dogs & sheep.isac/results/${kept.id}`;
    expect(names.sort()).toEqual(
      [
        `Dogs & sheep.isac/${file}`,
        'Dogs & sheep.isac/project.json',
        `${at}/entry.json`,
        `${at}/image.png`,
        `${at}/masks/01-sheep.png`,
        `${at}/masks/02-brown-dog.png`,
        `${at}/result.json`,
        `${at}/thumbnail.png`,
        `${at}/trace.json`,
      ].sort(),
    );
    // The original is still open, and there: the copy gets a number.
    const imported = await importArchive(archive, place, defaults);
    expect(imported).toBe(join(place, 'Dogs & sheep 2.isac'));
    const copy = await Project.open(imported, options);
    const [was, is] = [await project.view(), await copy.view()];
    expect(is.damage).toEqual([]);
    expect([is.document, is.results]).toEqual([was.document, was.results]);
    expect(await copy.loadResult(kept.id)).toEqual(await project.loadResult(kept.id));
    await Promise.all([project.close(), copy.close()]);
  });

  it('made by other programs are taken, with the folder or without, rubbish left out', async () => {
    const into = folder();
    const bare = await makeZip([
      { name: 'project.json' },
      { name: '__MACOSX/._project.json.x' },
      { name: 'run-me.exe' },
      { name: 'results/20260101-000000-000-abcdef/masks/deep/x.png' },
    ]);
    const path = await importArchive(bare, into, defaults);
    expect(path).toBe(join(into, 'Hostile.isac'));
    expect(readdirSync(path)).toEqual(['project.json']);
    const renamed = await makeZip([{ name: 'CON.isac/project.json' }]);
    expect(await importArchive(renamed, into, defaults)).toBe(join(into, 'Imported.isac'));
  });

  it.each([
    ['a way up', [{ name: 'A.isac/project.json' }, { name: '../../evil.png' }]],
    ['a way up in the middle', [{ name: 'A.isac/project.json' }, { name: 'A.isac/results/../../../evil' }]],
    ['an absolute path', [{ name: '/tmp/evil/project.json' }]],
    ['a drive letter', [{ name: 'C:/evil/project.json' }]],
    ['a backslash', [{ name: 'A.isac\\..\\..\\project.json' }]],
    ['a link', [{ name: 'A.isac/project.json', mode: 0o120777, data: Buffer.from('/etc/passwd') }]],
    ['a device', [{ name: 'A.isac/project.json', mode: 0o020666 }]],
    ['one name twice', [{ name: 'A.isac/project.json' }, { name: 'A.isac/project.json' }]],
    ['one name in two cases', [{ name: 'A.isac/project.json' }, { name: 'A.isac/PROJECT.json' }]],
    ['control characters', [{ name: 'A.isac/project.json' }, { name: 'A.isac/a\u0007b' }]],
    ['no project', [{ name: 'A.isac/other.json' }]],
    ['two projects', [{ name: 'A.isac/project.json' }, { name: 'B.isac/project.json' }]],
    ['a project of a newer version', [{ name: 'project.json', data: Buffer.from('{"version":99}') }]],
    [
      'a bomb',
      [{ name: 'project.json' }, { name: 'results/a/trace.json', data: Buffer.alloc(100 * 2 ** 20) }],
    ],
  ] satisfies [string, Entry[]][])('with %s are refused whole', async (_, entries) => {
    const archive = await makeZip(entries);
    const into = folder();
    await expect(importArchive(archive, into, defaults)).rejects.toThrow(
      new RegExp(`^(${archive} (was not imported|does not hold)|.*project.json was written by a newer)`),
    );
    expect(readdirSync(into)).toEqual([]);
  });

  it('that lie about their sizes are refused', async () => {
    const archive = await makeZip([
      { name: 'project.json' },
      { name: 'results/a/trace.json', data: Buffer.alloc(2 ** 20) },
    ]);
    const bytes = readFileSync(archive);
    // The size in the directory (offset 24 of its header) says 100 bytes.
    const at = bytes.lastIndexOf('results/a/trace.json') - 46;
    expect(bytes.readUInt32LE(at)).toBe(0x02014b50);
    bytes.writeUInt32LE(100, at + 24);
    writeFileSync(archive, bytes);
    const into = folder();
    await expect(importArchive(archive, into, defaults)).rejects.toThrow(
      /"results\/a\/trace.json" is damaged/,
    );
    expect(readdirSync(into)).toEqual([]);
  });

  it('with damaged contents are refused', async () => {
    const name = 'results/a/image.png';
    const archive = await makeZip([
      { name: 'project.json' },
      { name, data: Buffer.alloc(1000, 7), compress: false },
    ]);
    const bytes = readFileSync(archive);
    bytes[bytes.indexOf(Buffer.alloc(100, 7)) + 500] = 8;
    writeFileSync(archive, bytes);
    await expect(importArchive(archive, folder(), defaults)).rejects.toThrow(
      /"results\/a\/image.png" is damaged \(wrong check sum\)/,
    );
    truncateSync(archive, bytes.length - 30);
    await expect(importArchive(archive, folder(), defaults)).rejects.toThrow(/is not a whole zip file/);
  });

  it('obey the limits on entries and sizes', async () => {
    const archive = await makeZip(['project.json', 'a', 'b', 'c'].map((name) => ({ name })));
    const limits = (change: Partial<ArchiveLimits>): ArchiveLimits => ({
      ...ARCHIVE_LIMITS,
      ...change,
    });
    await expect(importArchive(archive, folder(), defaults, limits({ entries: 3 }))).rejects.toThrow(
      /4 entries, at most 3/,
    );
    await expect(importArchive(archive, folder(), defaults, limits({ total: 100 }))).rejects.toThrow(
      /more than 100 bytes/,
    );
  });

  it('name what is missing and leave nothing behind', async () => {
    const place = folder();
    await expect(importArchive(join(place, 'none.zip'), place, defaults)).rejects.toThrow(
      /Cannot import .*none.zip: it does not exist/,
    );
    await expect(exportArchive(join(place, 'none.isac'), join(place, 'x.zip'))).rejects.toThrow(
      /Cannot export/,
    );
    expect(existsSync(join(place, 'x.zip'))).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });
});
