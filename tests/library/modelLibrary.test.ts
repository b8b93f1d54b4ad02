import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findModel } from '../../main/host/models.ts';
import { libraryFolders } from '../../main/library/folders.ts';
import { indexPath } from '../../main/library/libraryIndex.ts';
import { ModelLibrary } from '../../main/library/modelLibrary.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const gligen = fixture('pipeline/half');
const plain = fixture('weights/checkpoint/plain');
const adapter = fixture('weights/checkpoint/adapter.safetensors');

let home: string;
let library: ModelLibrary;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'library-')));
  library = new ModelLibrary({ data: join(home, 'library'), models: join(home, 'models') });
});
afterEach(() => {
  rmSync(home, { recursive: true });
  delete process.env['ISAC_STUDIO_HOME'];
});

describe('the library', () => {
  it('remembers models where they lie and tells what they are', async () => {
    const own = await library.add({ path: gligen });
    expect(own).toMatchObject({
      id: 'half',
      origin: 'added',
      grounding: 'text boxes',
      resolution: { width: 16, height: 16, multiple: 4 },
      precision: 'float16',
      problem: null,
      gaps: [],
      source: { kind: 'folder', folder: gligen },
    });
    expect(own.weightBytes).toBeGreaterThan(10_000);
    expect(own.files).toHaveLength(3);
    const adapted = await library.add({ path: plain, adapter, name: 'Plain + boxes' });
    expect(adapted).toMatchObject({ id: 'Plain-boxes', name: 'Plain + boxes', grounding: 'text boxes' });
    expect(adapted.files.map(({ path }) => path)).toContain(adapter);
    const again = new ModelLibrary(library.folders);
    const listed = await again.list();
    expect(listed.filter(({ origin }) => origin !== 'embedded').map(({ id }) => id)).toEqual([
      'half',
      'Plain-boxes',
    ]);
    // The program's own come first.
    expect(listed.map(({ origin }) => origin).lastIndexOf('embedded')).toBe(listed.length - 3);
    await expect(library.add({ path: gligen })).rejects.toThrow(/is in the library already, as "half"/);
  });

  it('reads the licence from the model card, by its own name where it has one', async () => {
    const copy = join(home, 'licensed');
    cpSync(gligen, copy, { recursive: true });
    const licence = async (card: string): Promise<string | null> => {
      writeFileSync(join(copy, 'README.md'), card);
      return (await library.get('licensed')).licence;
    };
    writeFileSync(join(copy, 'README.md'), 'no card');
    expect((await library.add({ path: copy })).licence).toBeNull();
    expect(await licence('---\ntags: [a]\nlicense: "apache-2.0"\n---\n# A')).toBe('apache-2.0');
    expect(await licence('---\r\nlicense: other\r\nlicense_name: own-terms\r\n---\r\n')).toBe('own-terms');
    expect(await licence('---\nlicense: other\n---\n')).toBe('other');
    expect(await licence('---\nlicense:\nlicense_name: own-terms\n---\n')).toBeNull();
  });

  it('knows the licence of the embedded model, whose card names the credits', async () => {
    const [own] = await library.embedded();
    expect(own).toMatchObject({ id: 'clipart-128', licence: 'mit-with-notice', problem: null });
    const folder = own?.source.kind === 'folder' ? own.source.folder : '';
    const card = readFileSync(join(folder, 'README.md'), 'utf8');
    const link = /^license_link: (.+)$/m.exec(card)?.[1] ?? '';
    expect(readFileSync(join(folder, link), 'utf8')).toMatch(/^ISAC Studio/);
  });

  it('models of the library can be named in requests', async () => {
    process.env['ISAC_STUDIO_HOME'] = home;
    const { id } = await new ModelLibrary(libraryFolders()).add({ path: plain, adapter });
    expect(findModel(id)).toEqual({
      id,
      folder: plain,
      source: { kind: 'folder+adapter', folder: plain, adapter },
    });
    expect(() => findModel('nothing')).toThrow(/known: .*plain/);
  });

  it('hashes weights once and sees when they change', async () => {
    const copy = join(home, 'copy');
    cpSync(gligen, copy, { recursive: true });
    const { id, hashes } = await library.add({ path: copy });
    expect(Object.values(hashes)).toEqual([null, null, null]);
    const day = new Date(2024, 0, 1);
    for (const { path } of (await library.get(id)).files) utimesSync(path, day, day);
    const found = await library.verify(id);
    expect((await library.get(id)).hashes).toEqual(found);
    const [file = ''] = Object.keys(found);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    // Changed with its date: simply unknown again. Changed behind the date's back: told.
    expect((await library.get(id)).hashes[file]).toBeNull();
    utimesSync(file, day, day);
    await expect(library.verify(id)).rejects.toThrow(/though its size and date are the same/);
  });

  it('opens a folder of symbolic links into a blob store, and is called by the repository', async () => {
    const cache = join(home, 'models--some--model');
    const snapshot = join(cache, 'snapshots', 'a'.repeat(40));
    mkdirSync(join(cache, 'blobs'), { recursive: true });
    for (const part of ['unet', 'vae', 'text_encoder', 'scheduler', 'tokenizer']) {
      cpSync(join(gligen, part), join(snapshot, part), { recursive: true });
    }
    for (const [index, name] of [
      'unet/diffusion_pytorch_model',
      'vae/diffusion_pytorch_model',
      'text_encoder/model',
    ].entries()) {
      const path = join(snapshot, `${name}.fp16.safetensors`);
      const blob = join(cache, 'blobs', `${index}`);
      cpSync(path, blob);
      rmSync(path);
      symlinkSync(`../../../blobs/${index}`, path);
    }
    const { name, files, problem } = await library.add({ path: snapshot });
    expect(name).toBe('some--model');
    expect(problem).toBeNull();
    expect(files.map(({ path }) => path).sort()).toEqual(
      [0, 1, 2].map((index) => join(cache, 'blobs', `${index}`)),
    );
  });

  it('refuses what cannot be used, with what was expected and found', async () => {
    await expect(library.add({ path: plain })).rejects.toThrow(/holds no GLIGEN layers/);
    await expect(library.add({ path: join(home, 'none') })).rejects.toThrow(
      /there is no such file or folder/,
    );
    await expect(library.add({ path: join(plain, 'unet', 'config.json') })).rejects.toThrow(
      /config\.json: is not weights but JSON, perhaps what a server answered instead of the file: .*download it again/,
    );
    await expect(
      library.add({ path: fixture('weights/checkpoint/sd1.safetensors'), adapter }),
    ).rejects.toThrow(
      /sd1\.safetensors: 2 tensors are missing, .* and 683 tensors have another shape than the model's config asks for, ".*" \[.*\] instead of \[.*\] first/,
    );
    expect(existsSync(indexPath(library.folders.data))).toBe(false);
  });

  it('a model that broke later stays listed with its problem, tensor by tensor', async () => {
    const copy = join(home, 'copy');
    cpSync(gligen, copy, { recursive: true });
    const { id } = await library.add({ path: copy });
    const config = join(copy, 'vae', 'config.json');
    const changed = { ...(JSON.parse(readFileSync(config, 'utf8')) as object), layers_per_block: 2 };
    writeFileSync(config, JSON.stringify(changed));
    const { problem, gaps } = await library.get(id);
    expect(problem).toMatch(
      /vae.*: \d+ tensors are missing, "encoder\.down_blocks\.0\.resnets\.1\.norm1\.weight" \[8\] first/,
    );
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ part: 'vae' });
    rmSync(copy, { recursive: true });
    expect((await library.get(id)).problem).toMatch(/there is no such model folder/);
  });

  it('removes from the list and never the user’s files, nor the program’s models', async () => {
    const { id } = await library.add({ path: gligen });
    expect(await library.remove(id, true)).toEqual({ deleted: null });
    expect(existsSync(gligen)).toBe(true);
    const [embedded] = await library.list();
    if (embedded !== undefined)
      await expect(library.remove(embedded.id)).rejects.toThrow(/came with the program/);
    await expect(library.remove('none')).rejects.toThrow(/There is no model "none" in the library/);
  });

  it('a damaged index is told and left alone', async () => {
    mkdirSync(library.folders.data, { recursive: true });
    writeFileSync(indexPath(library.folders.data), '{"version":1,"models":[{"id":"../x"}]}');
    await expect(library.list()).rejects.toThrow(/the list of models is damaged \("models\.0\./);
    await expect(library.add({ path: gligen })).rejects.toThrow(/is damaged/);
    expect(readFileSync(indexPath(library.folders.data), 'utf8')).toContain('../x');
  });

  it('lies where each system keeps such things', () => {
    expect(libraryFolders({ ISAC_STUDIO_HOME: '/x' }, 'linux', '/h')).toEqual({
      data: join('/x', 'library'),
      models: join('/x', 'models'),
    });
    expect(libraryFolders({}, 'linux', '/h').models).toBe(
      join('/h', '.local', 'share', 'isac-studio', 'models'),
    );
    expect(libraryFolders({ XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d' }, 'linux', '/h')).toEqual({
      data: join('/c', 'isac-studio', 'library'),
      models: join('/d', 'isac-studio', 'models'),
    });
    expect(libraryFolders({ APPDATA: 'R', LOCALAPPDATA: 'L' }, 'win32', 'h').models).toBe(
      join('L', 'isac-studio', 'models'),
    );
    expect(libraryFolders({}, 'darwin', '/h').data).toBe(
      join('/h', 'Library', 'Application Support', 'isac-studio', 'library'),
    );
  });
});
