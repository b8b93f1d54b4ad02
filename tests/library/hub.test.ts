import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseFiles } from '../../main/library/hub/chooseFiles.ts';
import { hubSettings, readRepository, type HubSettings } from '../../main/library/hub/client.ts';
import { cancelDownload, downloadModel, planDownload } from '../../main/library/hub/downloadModel.ts';
import { ModelLibrary } from '../../main/library/modelLibrary.ts';
import { ImitationHub, sha256 } from './imitationHub.ts';

const model = fileURLToPath(new URL('../fixtures/pipeline/epsilon', import.meta.url));

/** The tiny GLIGEN of the pipeline's tests as a repository. */
function repository(): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  for (const name of readdirSync(model, { recursive: true }) as string[]) {
    const path = join(model, name);
    if (statSync(path).isFile() && !/expected|case/.test(name))
      files[name.replaceAll('\\', '/')] = readFileSync(path);
  }
  return files;
}

const unet = 'unet/diffusion_pytorch_model.safetensors';
let home: string;
let hub: ImitationHub;
let settings: HubSettings;
let library: ModelLibrary;
beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'hub-')));
  hub = new ImitationHub(repository());
  settings = hubSettings({}, { endpoint: await hub.start() });
  library = new ModelLibrary({ data: join(home, 'library'), models: join(home, 'models') });
});
afterEach(async () => {
  await hub.stop();
  rmSync(home, { recursive: true });
});

const plan = (): ReturnType<typeof planDownload> => planDownload(library, 'some/model', settings);
const target = (path: string): string => join(home, 'models', 'some--model', path);
const rangesOf = (path: string): (string | undefined)[] =>
  hub.requests.filter((request) => request.path.endsWith(path)).map(({ range }) => range);

describe('a download from the hub', () => {
  it('shows size and licence first and fetches nothing but the list and one config', async () => {
    const { repository: found, totalBytes, remainingBytes, files } = await plan();
    expect(found).toMatchObject({
      name: 'some/model',
      revision: hub.sha,
      licence: 'creativeml-openrail-m',
      gated: false,
    });
    expect(remainingBytes).toBe(totalBytes);
    expect(files.map(({ path }) => path)).toContain(unet);
    expect(existsSync(target(''))).toBe(false);
    expect(hub.requests.map(({ path }) => path).filter((path) => path.includes('/resolve/'))).toEqual([
      `/some/model/resolve/${hub.sha}/unet/config.json`,
    ]);
  });

  it('names a licence of its own by its name, not as "other"', async () => {
    hub.card = { license: 'other', license_name: 'gligen-research' };
    expect((await plan()).repository.licence).toBe('gligen-research');
    hub.card = { license: 'other' };
    expect((await plan()).repository.licence).toBe('other');
  });

  it('ends as a model of the library with hashes, and is not fetched twice', async () => {
    const progress: number[] = [];
    const got = await downloadModel(library, await plan(), settings, {
      onProgress: ({ doneBytes }) => progress.push(doneBytes),
    });
    expect(got).toMatchObject({
      origin: 'downloaded',
      licence: 'creativeml-openrail-m',
      problem: null,
      repository: { name: 'some/model', revision: hub.sha },
    });
    expect(got?.hashes[target(unet)]).toBe(sha256(hub.files.get(unet) ?? Buffer.alloc(0)));
    expect(progress.every((bytes, index) => index === 0 || bytes >= (progress[index - 1] ?? 0))).toBe(true);
    expect(progress.at(-1)).toBe((await plan()).totalBytes);
    expect((await library.list()).some(({ name }) => name === 'some/model')).toBe(true);
    const before = rangesOf('.safetensors').length;
    await downloadModel(library, await plan(), settings);
    expect(rangesOf('.safetensors')).toHaveLength(before);
    expect(readdirSync(target('unet')).sort()).toEqual([
      'config.json',
      'diffusion_pytorch_model.safetensors',
    ]);
    // Removing deletes its own folder only when asked to.
    expect(await library.remove(got?.id ?? '')).toEqual({ deleted: null });
    expect(existsSync(target(unet))).toBe(true);
  });

  it('goes on after broken connections where they broke', async () => {
    hub.troubles.set(unet, { breakAfter: { bytes: 10_000, times: 3 } });
    await downloadModel(library, await plan(), settings, { patience: 1 });
    const ranges = rangesOf(unet);
    expect(ranges).toHaveLength(4);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true);
    expect(sha256(readFileSync(target(unet)))).toBe(sha256(hub.files.get(unet) ?? Buffer.alloc(0)));
  });

  it('goes on though another place of the storage calls the file by another ETag', async () => {
    hub.troubles.set(unet, { breakAfter: { bytes: 10_000, times: 1 } });
    const stopped = downloadModel(library, await plan(), settings, { patience: 200 });
    const poll = setInterval(() => {
      const trouble = hub.troubles.get(unet);
      if (trouble?.breakAfter?.times === 0) trouble.changedEtag = true;
    }, 5);
    await stopped;
    clearInterval(poll);
    expect(rangesOf(unet)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(sha256(readFileSync(target(unet)))).toBe(sha256(hub.files.get(unet) ?? Buffer.alloc(0)));
  });

  it('keeps its token from the storage, and gets a fresh signature where one has run out', async () => {
    hub.token = 'hf_secret';
    settings = hubSettings({ HF_TOKEN: 'hf_secret', HF_ENDPOINT: settings.endpoint });
    hub.troubles.set(unet, { expired: 2 });
    expect(await downloadModel(library, await plan(), settings, { patience: 1 })).not.toBeNull();
    expect(hub.stored.length).toBeGreaterThan(3);
    expect(new Set(hub.stored.map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
    expect(new Set(hub.requests.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer hf_secret'])); // prettier-ignore
    expect(rangesOf(unet)).toHaveLength(3);
  });

  it('waits as long as the hub asks for', async () => {
    hub.troubles.set(unet, { status: 429, times: 1, headers: { ratelimit: '"resolvers";r=0;t=1' } });
    const start = performance.now();
    await downloadModel(library, await plan(), settings, { patience: 1 });
    expect(performance.now() - start).toBeGreaterThan(900);
    expect(rangesOf(unet)).toHaveLength(2);
  });

  it('gives up after breaking without any progress, and the next one goes on', async () => {
    hub.troubles.set(unet, { status: 503 });
    await expect(downloadModel(library, await plan(), settings, { patience: 1 })).rejects.toThrow(
      /connection broke 6 times \(status 503\); start again later/,
    );
    hub.troubles.clear();
    expect(await downloadModel(library, await plan(), settings)).not.toBeNull();
  });

  it('pauses on abort and goes on from there; cancelling deletes what came', async () => {
    hub.troubles.set(unet, { breakAfter: { bytes: 10_000, times: 1_000 } });
    const stop = new AbortController();
    const pausing = downloadModel(library, await plan(), settings, {
      signal: stop.signal,
      patience: 1_000,
      onProgress: ({ file }) => (file === unet ? setTimeout(() => stop.abort(), 50) : undefined),
    });
    await expect(pausing).rejects.toMatchObject({ name: 'AbortError' });
    expect(statSync(`${target(unet)}.part`).size).toBeGreaterThan(0);
    hub.troubles.clear();
    const again = await plan();
    expect(again.remainingBytes).toBeLessThan(again.totalBytes);
    await cancelDownload(again);
    expect(existsSync(`${target(unet)}.part`)).toBe(false);
    expect(await downloadModel(library, await plan(), settings)).not.toBeNull();
  });

  it.each([
    [
      'wrong bytes',
      { wrongBytes: true },
      /has the hash [0-9a-f]{64}, the hub's list says [0-9a-f]{64}; it was thrown away/,
    ],
    ['more bytes than listed', { longer: true }, /more than the \d+ bytes of the hub's list/],
    ['a locked file', { status: 403 }, /refuses access \(403\).*HF_TOKEN/],
  ])('%s end in one sentence and no file', async (_, trouble, message) => {
    hub.troubles.set(unet, trouble);
    await expect(downloadModel(library, await plan(), settings, { patience: 1 })).rejects.toThrow(message);
    expect(existsSync(target(unet))).toBe(false);
    expect(
      await library.list().then((models) => models.filter(({ origin }) => origin === 'downloaded')),
    ).toEqual([]);
  });

  it('small files are checked by git’s own hash', async () => {
    hub.troubles.set('vae/config.json', { wrongBytes: true });
    await expect(downloadModel(library, await plan(), settings)).rejects.toThrow(
      /vae\/config\.json: what came has the hash [0-9a-f]{40}/,
    );
  });

  it('no room: nothing is begun', async () => {
    const tight = { ...(await plan()), freeBytes: 1000 };
    await expect(downloadModel(library, tight, settings)).rejects.toThrow(
      /are still to come and 0\.0 MB are free/,
    );
    expect(existsSync(target(''))).toBe(false);
  });

  it('single files are stored and are no model by themselves', async () => {
    hub.files.set('adapter.safetensors', Buffer.alloc(50_000, 3));
    const single = await planDownload(library, 'some/model', settings, { only: ['adapter.safetensors'] });
    expect(await downloadModel(library, single, settings)).toBeNull();
    expect(readFileSync(target('adapter.safetensors'))).toHaveLength(50_000);
    await expect(planDownload(library, 'some/model', settings, { only: ['none.bin'] })).rejects.toThrow(
      /has no file "none.bin" \(weights: .*adapter\.safetensors/,
    );
  });
});

describe('verifying a download', () => {
  it('compares with what the hub said, whatever happened to the file since, until it is fetched again', async () => {
    const got = await downloadModel(library, await plan(), settings);
    const id = got?.id ?? '';
    const listed = sha256(hub.files.get(unet) ?? Buffer.alloc(0));
    const seen: number[] = [];
    const found = await library.verify(id, ({ doneBytes }) => seen.push(doneBytes));
    expect(found).toEqual(got?.hashes);
    expect(found[target(unet)]).toBe(listed);
    expect(seen.at(-1)).toBe(got?.files.reduce((sum, { bytes }) => sum + bytes, 0));

    // Touched is not changed: it is read again and found to be the same.
    const day = new Date(2024, 0, 1);
    utimesSync(target(unet), day, day);
    expect((await library.get(id)).hashes[target(unet)]).toBeNull();
    expect((await library.verify(id))[target(unet)]).toBe(listed);

    // One value changed, with its date: an added model would be unknown again, a download is not what came.
    const bytes = readFileSync(target(unet));
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(target(unet), bytes);
    const refusal = `${target(unet)}: has the hash ${sha256(bytes)} now and had ${listed}, when it was downloaded; it was changed since, get the file again.`;
    await expect(library.verify(id)).rejects.toThrow(refusal);
    await expect(library.verify(id)).rejects.toThrow(refusal);

    // Fetching it again sees the change; broken off, the change is not forgotten.
    hub.troubles.set(unet, { status: 503 });
    await expect(downloadModel(library, await plan(), settings, { patience: 1 })).rejects.toThrow(/503/);
    await expect(library.verify(id)).rejects.toThrow(refusal);
    hub.troubles.clear();
    await downloadModel(library, await plan(), settings);
    expect((await library.verify(id))[target(unet)]).toBe(listed);
  });
});

describe('the hub', () => {
  it('unknown models, wrong names and no network end in sentences', async () => {
    await expect(readRepository('some/other', settings)).rejects.toThrow(/there is no such model/);
    await expect(readRepository('../etc', settings)).rejects.toThrow(/OWNER\/NAME/);
    const dead = hubSettings({}, { endpoint: 'http://127.0.0.1:9' });
    await expect(readRepository('some/model', dead)).rejects.toThrow(
      /cannot be reached \(.*\); check the network/,
    );
    expect(() => hubSettings({ HF_TOKEN: 'secret' })).toThrow(
      /^HF_TOKEN: is no access token of the hub; those begin with "hf_"\.$/,
    );
    expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow(/is not an address/);
  });

  it('says what it refuses and why', async () => {
    const named = `${settings.endpoint}/some/model`;
    await expect(readRepository('some/model', settings, 'v9')).rejects.toThrow(
      `some/model: there is no such version on ${named} (404); name another branch, tag or commit.`,
    );
    hub.licensed = 'hf_accepted';
    const download = async (): Promise<unknown> => downloadModel(library, await plan(), settings);
    expect((await plan()).repository.gated).toBe(true);
    await expect(download()).rejects.toThrow(
      new RegExp(
        `^model_index.json: its licence must be accepted first \\(401\\): do so on ${named} and give a token`,
      ),
    );
    settings = hubSettings({ HF_TOKEN: 'hf_other', HF_ENDPOINT: settings.endpoint });
    await expect(download()).rejects.toThrow(
      `model_index.json: the account of your token has no access yet (403): accept the licence on ${named}, wait if`,
    );
    hub.known = ['hf_accepted'];
    await expect(download()).rejects.toThrow(
      /^some\/model: the hub does not accept the token \(401\); make a/,
    );
    settings = hubSettings({ HF_TOKEN: 'hf_accepted', HF_ENDPOINT: settings.endpoint });
    expect(await download()).not.toBeNull();
  });

  it('gets the token, and only when there is one', async () => {
    hub.token = 'hf_secret';
    await expect(plan()).rejects.toThrow(/refuses access \(401\).*HF_TOKEN/);
    settings = hubSettings({ HF_TOKEN: 'hf_secret', HF_ENDPOINT: `${settings.endpoint}/` });
    expect((await plan()).files.length).toBeGreaterThan(5);
  });

  it('is asked through the proxy of the environment', async () => {
    const seen: string[] = [];
    const proxy = createServer();
    // Plain addresses are tunnelled too, as undici's agent does.
    proxy.on('connect', (request, socket) => {
      seen.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    proxy.on('request', (request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(502).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const through = hubSettings({
      HTTP_PROXY: address,
      HTTPS_PROXY: address,
      HF_ENDPOINT: 'http://hub.example',
    });
    await expect(readRepository('some/model', through)).rejects.toThrow(/hub\.example/);
    expect(seen[0]).toMatch(/hub\.example/);
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('a list that leads out of the folder is not followed', async () => {
    hub.files.set('../../evil.safetensors', Buffer.from('x'));
    hub.files.set('a\\b.bin', Buffer.from('x'));
    expect(
      (await readRepository('some/model', settings)).files.every(({ path }) => !/\.\.|\\/.test(path)),
    ).toBe(true);
  });
});

describe('the choice of files', () => {
  const config = { cross_attention_dim: 768, attention_type: 'gated' };
  const base = [
    'unet/config.json',
    'text_encoder/config.json',
    'vae/config.json',
    'scheduler/scheduler_config.json',
    'tokenizer/vocab.json',
    'tokenizer/merges.txt',
  ];
  const full = (weights: Record<string, number>): ReturnType<typeof chooseFiles> =>
    chooseFiles(
      {
        name: 'some/model',
        revision: 'main',
        licence: null,
        gated: false,
        files: Object.entries({ ...Object.fromEntries(base.map((path) => [path, 100])), ...weights }).map(
          ([path, bytes]) => ({ path, bytes, hash: null }),
        ),
      },
      config,
    );
  const others = {
    'vae/diffusion_pytorch_model.safetensors': 335e6,
    'text_encoder/model.safetensors': 492e6,
    'text_encoder/model.fp16.safetensors': 246e6,
  };
  const weightsOf = ({ files }: ReturnType<typeof chooseFiles>): string[] =>
    files.map(({ path }) => path).filter((path) => /safetensors|bin/.test(path));

  it('prefers half precision, and safetensors', () => {
    const choice = full({
      ...others,
      'unet/diffusion_pytorch_model.fp16.safetensors': 2_137_300_000,
      'unet/diffusion_pytorch_model.safetensors': 4_274_600_000,
      'unet/diffusion_pytorch_model.bin': 4_274_600_000,
    });
    expect(weightsOf(choice)).toEqual([
      'unet/diffusion_pytorch_model.fp16.safetensors',
      'text_encoder/model.fp16.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
    ]);
  });

  it('passes over the fp16 UNet whose fusers were dropped (gligen/diffusers-generation-text-box)', () => {
    const choice = full({
      ...others,
      'unet/diffusion_pytorch_model.fp16.safetensors': 1_719_100_000,
      'unet/diffusion_pytorch_model.fp16.bin': 1_719_300_000,
      'unet/diffusion_pytorch_model.bin': 4_275_000_000,
    });
    expect(weightsOf(choice)[0]).toBe('unet/diffusion_pytorch_model.bin');
    expect(choice.notes).toHaveLength(2);
    expect(choice.notes[0]).toMatch(
      /fp16\.safetensors: has 1\.72 GB, a GLIGEN UNet of its config takes 2\.14 GB: its GLIGEN layers were dropped/,
    );
  });

  it('takes shards with their index, and says what a repository lacks', () => {
    const unetParts = {
      'unet/diffusion_pytorch_model.safetensors.index.json': 100,
      'unet/diffusion_pytorch_model-00001-of-00002.safetensors': 3e9,
      'unet/diffusion_pytorch_model-00002-of-00002.safetensors': 2e9,
    };
    expect(weightsOf(full({ ...others, ...unetParts })).filter((path) => path.startsWith('unet'))).toEqual(
      Object.keys(unetParts),
    );
    expect(() => full(others)).toThrow(/has no weights in unet that can be used/);
    expect(() =>
      chooseFiles({ name: 'a/b', revision: 'main', licence: null, gated: false, files: [] }, null),
    ).toThrow(/is no diffusers model: it has no /);
  });
});
