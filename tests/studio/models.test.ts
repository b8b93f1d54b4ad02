import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findModel } from '../../main/host/models.ts';
import type { StudioShell } from '../../main/studio/shell.ts';
import { Page, studios } from './harness.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const gligen = fixture('pipeline/half');
const plain = fixture('weights/checkpoint/plain');
const adapter = fixture('weights/checkpoint/adapter.safetensors');
const checkpoint = fixture('weights/checkpoint/sd1.safetensors');

const studio = studios();
let copies: string;
beforeEach(() => {
  copies = mkdtempSync(join(tmpdir(), 'models-'));
});
afterEach(() => {
  rmSync(copies, { recursive: true });
  delete process.env['ISAC_STUDIO_HOME'];
});

function copy(): string {
  const folder = join(copies, 'model');
  cpSync(gligen, folder, { recursive: true });
  return folder;
}

/** Its VAE lacks tensors that its config asks for now. */
function breakVae(folder: string): void {
  const config = join(folder, 'vae', 'config.json');
  const before = JSON.parse(readFileSync(config, 'utf8')) as object;
  writeFileSync(config, JSON.stringify({ ...before, layers_per_block: 2 }));
}

describe('the library through the contract', () => {
  it('tells the words that a model was taught, and does without them', async () => {
    const { service } = studio({ models: null });
    const page = new Page(service);
    const folder = copy();
    const words = join(folder, 'vocabulary.json');
    const listed = async (): Promise<unknown> =>
      (await page.call('models.list', {})).find(({ path }) => path === folder)?.vocabulary;
    expect((await page.call('models.add', { path: folder })).vocabulary).toBeNull();
    writeFileSync(words, JSON.stringify({ classes: [{ name: 'dog' }, { name: 'sheep' }], colours: ['red'] }));
    expect(await listed()).toEqual({ things: ['dog', 'sheep'], colours: ['red'] });
    for (const damaged of ['{', '{"classes": []}', '{"classes": [{"name": 7}]}']) {
      writeFileSync(words, damaged);
      expect(await listed()).toBeNull();
    }
    const [embedded] = await page.call('models.list', {});
    expect(embedded?.vocabulary?.things).toContain('sheep');
  });

  it('adds a folder, and a folder with an adapter, and says what they are', async () => {
    const { service, data } = studio({ models: null });
    const page = new Page(service);
    const own = await page.call('models.add', { path: gligen });
    expect(own).toMatchObject({
      id: 'half',
      origin: 'added',
      kind: 'folder',
      path: gligen,
      adapter: null,
      grounding: 'text boxes',
      width: 16,
      height: 16,
      precision: 'float16',
      problem: null,
      deletable: false,
    });
    const joined = await page.call('models.add', { path: plain, adapter, name: 'Plain with boxes' });
    expect(joined).toMatchObject({ kind: 'folder+adapter', adapter, grounding: 'text boxes', problem: null });
    const listed = await page.call('models.list', {});
    expect(listed.slice(-2).map(({ id }) => id)).toEqual(['half', 'Plain-with-boxes']);
    expect(listed[0]?.origin).toBe('embedded');
    // What the engine's process will open for such a job.
    process.env['ISAC_STUDIO_HOME'] = data;
    expect(findModel('Plain-with-boxes').source).toEqual({ kind: 'folder+adapter', folder: plain, adapter });
    await expect(page.call('models.add', { path: gligen })).rejects.toThrow(/already, as "half"/);
  });

  it('refuses what cannot be used with what was expected and found, and adds nothing', async () => {
    const { service } = studio({ models: null });
    const page = new Page(service);
    const before = await page.call('models.list', {});
    await expect(page.call('models.add', { path: plain })).rejects.toThrow(
      /holds no GLIGEN layers.*add a GLIGEN adapter/,
    );
    const broken = copy();
    breakVae(broken);
    await expect(page.call('models.add', { path: broken })).rejects.toThrow(
      /vae.*tensors are missing, "encoder\.down_blocks\.0\.resnets\.1\.norm1\.weight" \[8\] first/,
    );
    await expect(page.call('models.add', { path: checkpoint, adapter })).rejects.toThrow(
      /683 tensors have another shape than the model's config asks for/,
    );
    await expect(page.call('models.add', { path: join(copies, 'none') })).rejects.toThrow(
      /no such file or folder/,
    );
    await expect(page.call('models.add', { path: '   ' })).rejects.toThrow();
    expect(await page.call('models.list', {})).toEqual(before);
  });

  it('lists a model that broke later, tensor by tensor', async () => {
    const { service } = studio({ models: null });
    const page = new Page(service);
    const folder = copy();
    const { id } = await page.call('models.add', { path: folder });
    breakVae(folder);
    const found = (await page.call('models.list', {})).find((model) => model.id === id);
    expect(found?.problem).toMatch(/tensors are missing/);
    const { gaps } = await page.call('models.facts', { id });
    expect(gaps).toHaveLength(1);
    expect(gaps[0]?.missingCount).toBe(gaps[0]?.missing.length);
    expect(gaps[0]?.missing[0]).toEqual({
      name: 'encoder.down_blocks.0.resnets.1.norm1.weight',
      expected: [8],
    });
    await expect(page.call('models.verify', { id })).rejects.toThrow(/tensors are missing/);
    rmSync(folder, { recursive: true });
    expect((await page.call('models.facts', { id })).files).toEqual([]);
  });

  it('hashes on demand, tells how far it is, and remembers the hashes', async () => {
    const { service } = studio({ models: null });
    const page = new Page(service);
    const { id } = await page.call('models.add', { path: gligen });
    expect((await page.call('models.facts', { id })).files.map(({ sha256 }) => sha256)).toEqual([
      null,
      null,
      null,
    ]);
    await page.call('models.verify', { id });
    const end = await page.event('verification', ({ state }) => state !== 'running');
    expect(end).toMatchObject({ model: id, state: 'done', message: '' });
    expect(end.doneBytes).toBe(end.totalBytes);
    const { files, verification } = await page.call('models.facts', { id });
    expect(files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? ''))).toBe(true);
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(end.totalBytes);
    expect(verification).toBeNull();
  });

  it('removes from the list and leaves the files of the user', async () => {
    const { service } = studio({ models: null });
    const page = new Page(service);
    const { id } = await page.call('models.add', { path: gligen });
    expect(await page.call('models.remove', { id, deleteFiles: true })).toEqual({ deleted: null });
    expect(existsSync(join(gligen, 'unet'))).toBe(true);
    const [embedded] = await page.call('models.list', {});
    await expect(page.call('models.remove', { id: embedded?.id ?? '' })).rejects.toThrow(
      /came with the program/,
    );
  });

  it.each(['models.facts', 'models.remove', 'models.verify'] as const)(
    '%s knows no unknown ids',
    async (call) => {
      const page = new Page(studio({ models: null }).service);
      for (const id of ['none', '../../etc', gligen])
        await expect(page.call(call, { id })).rejects.toThrow(/There is no model/);
    },
  );

  it('starts with its own models when the list is damaged, and says so', async () => {
    const { service, data } = studio({ models: null });
    mkdirSync(join(data, 'library'), { recursive: true });
    writeFileSync(join(data, 'library', 'models.json'), '{"version":1,"models":[{"id":"../x"}]}');
    const page = new Page(service);
    expect((await page.call('app.info', {})).defaultModel).not.toBeNull();
    expect((await page.call('models.list', {})).at(-1)?.problem).toMatch(/the list of models is damaged/);
  });

  it('asks for paths with the system’s dialogs in the desktop app alone', async () => {
    await expect(
      new Page(studio().service).call('models.choosePath', { what: 'weights' }),
    ).rejects.toMatchObject({ code: 'unsupported' });
    const shell: StudioShell = {
      kind: 'electron',
      locale: () => 'en',
      dialogs: {
        chooseFolder: () => Promise.resolve('/a folder'),
        chooseWeights: () => Promise.resolve(null),
        chooseProject: () => Promise.resolve(null),
        chooseArchive: () => Promise.resolve(null),
        chooseTarget: () => Promise.resolve(null),
        copyImage: () => undefined,
        reveal: () => undefined,
      },
    };
    const page = new Page(studio({ shell }).service);
    expect(await page.call('models.choosePath', { what: 'folder' })).toBe('/a folder');
    expect(await page.call('models.choosePath', { what: 'weights' })).toBeNull();
  });
});
