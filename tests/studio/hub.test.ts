import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Download, HubPlan } from '../../preload/contract/models.ts';
import { ImitationHub } from '../library/imitationHub.ts';
import { Page, studios } from './harness.ts';

const model = fileURLToPath(new URL('../fixtures/pipeline/epsilon', import.meta.url));
const unet = 'unet/diffusion_pytorch_model.safetensors';

function repository(): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  for (const name of readdirSync(model, { recursive: true }) as string[]) {
    const path = join(model, name);
    if (statSync(path).isFile() && !/expected|case/.test(name))
      files[name.replaceAll('\\', '/')] = readFileSync(path);
  }
  return files;
}

const studio = studios();
let hub: ImitationHub;
let endpoint: string;
beforeEach(async () => {
  hub = new ImitationHub(repository());
  endpoint = await hub.start();
});
afterEach(() => hub.stop());

/** A page whose studio knows the imitation for the hub. */
async function page(data?: string): Promise<{ page: Page; data: string; close: () => Promise<unknown> }> {
  const made = studio({ models: null, ...(data === undefined ? {} : { data }) });
  const opened = new Page(made.service);
  await opened.call('hub.setSettings', { endpoint });
  return { page: opened, data: made.data, close: () => made.service.close() };
}

const look = (on: Page): Promise<HubPlan> => on.call('hub.look', { repository: 'some/model' });

/** The download's record once it fits. */
async function until(on: Page, fits: (download: Download) => boolean): Promise<Download> {
  const { downloads } = await on.event('downloads', ({ downloads: all }) => all.some(fits));
  const found = downloads.find(fits);
  if (found === undefined) throw new Error('unreachable');
  return found;
}

describe('downloads through the contract', () => {
  it('asks nothing of the network before the user does', async () => {
    const { page: on } = await page();
    await on.call('hub.downloads', {});
    await on.call('models.list', {});
    await on.call('app.info', {});
    expect(hub.requests).toEqual([]);
  });

  it('shows licence, files, sizes and room first; then it is a model with its hashes', async () => {
    const { page: on, data } = await page();
    const plan = await look(on);
    expect(plan.repository).toMatchObject({
      name: 'some/model',
      revision: hub.sha,
      licence: 'creativeml-openrail-m',
    });
    expect(plan.problem).toBeNull();
    expect(plan.freeBytes).toBeGreaterThan(0);
    expect(plan.files.filter(({ chosen }) => chosen).map(({ path }) => path)).toContain(unet);
    expect(existsSync(plan.folder)).toBe(false);
    const started = await on.call('hub.start', { plan: plan.plan });
    expect(started).toMatchObject({ state: 'running', folder: join(data, 'models', 'some--model') });
    const done = await until(on, ({ state }) => state === 'done');
    expect(done.doneBytes).toBe(done.totalBytes);
    const info = (await on.call('models.list', {})).find(({ id }) => id === done.model);
    expect(info).toMatchObject({
      origin: 'downloaded',
      licence: 'creativeml-openrail-m',
      deletable: true,
      problem: null,
    });
    const { files } = await on.call('models.facts', { id: done.model ?? '' });
    expect(files.every(({ sha256 }) => sha256 !== null)).toBe(true);
    // Files stay unless their end is asked for.
    expect(await on.call('models.remove', { id: done.model ?? '', deleteFiles: true })).toEqual({
      deleted: done.folder,
    });
    expect(existsSync(done.folder)).toBe(false);
  });

  it('pauses, is there after the program was closed, and goes on where it stopped', async () => {
    const first = await page();
    hub.troubles.set(unet, { breakAfter: { bytes: 10_000, times: 1000 } });
    const { id } = await first.page.call('hub.start', { plan: (await look(first.page)).plan });
    await until(first.page, ({ file, doneBytes }) => file === unet && doneBytes > 0);
    await first.page.call('hub.pause', { download: id });
    const [paused] = await first.page.call('hub.downloads', {});
    expect(paused).toMatchObject({ state: 'paused', bytesPerSecond: null, message: '' });
    await first.close();

    const second = await page(first.data);
    const [known] = await second.page.call('hub.downloads', {});
    expect(known).toMatchObject({ id, state: 'paused' });
    expect(known?.doneBytes).toBeGreaterThanOrEqual(10_000);
    hub.troubles.clear();
    hub.requests.length = 0;
    await second.page.call('hub.resume', { download: id });
    await until(second.page, ({ state }) => state === 'done');
    const ranges = hub.requests.filter(({ path }) => path.endsWith(unet)).map(({ range }) => range);
    expect(ranges).toHaveLength(1);
    expect(ranges[0]).toMatch(/^bytes=[1-9]/);
  });

  it('fails in one sentence and can be tried again', async () => {
    const { page: on } = await page();
    const plan = await look(on);
    hub.troubles.set(unet, { wrongBytes: true });
    const { id } = await on.call('hub.start', { plan: plan.plan });
    const failed = await until(on, ({ state }) => state === 'failed');
    expect(failed.message).toMatch(/the hub's list says .*; it was thrown away/);
    await expect(on.call('hub.start', { plan: plan.plan })).rejects.toThrow(/is being downloaded already/);
    hub.troubles.clear();
    await on.call('hub.resume', { download: id });
    await until(on, ({ state }) => state === 'done');
  });

  it('deletes what came when it is cancelled', async () => {
    const { page: on } = await page();
    hub.troubles.set(unet, { breakAfter: { bytes: 10_000, times: 1000 } });
    const { id, folder } = await on.call('hub.start', { plan: (await look(on)).plan });
    await until(on, ({ file, doneBytes }) => file === unet && doneBytes > 0);
    expect(existsSync(folder)).toBe(true);
    await on.call('hub.cancel', { download: id });
    expect(await on.call('hub.downloads', {})).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('fetches single files of a repository that is no model, and a plan’s files only', async () => {
    for (const path of [...hub.files.keys()]) if (path !== unet) hub.files.delete(path);
    hub.files.set('../../escape.safetensors', Buffer.from('x'));
    hub.files.set('/etc/escape.safetensors', Buffer.from('x'));
    const { page: on, data } = await page();
    const plan = await look(on);
    expect(plan.problem).toMatch(/is no diffusers model/);
    expect(plan.files.map(({ path }) => path)).toEqual([unet]);
    await expect(on.call('hub.start', { plan: plan.plan })).rejects.toThrow(/is no diffusers model/);
    for (const path of ['../../escape.safetensors', '/etc/passwd', 'none'])
      await expect(on.call('hub.start', { plan: plan.plan, files: [path] })).rejects.toThrow(/has no file/);
    await on.call('hub.start', { plan: plan.plan, files: [unet] });
    const done = await until(on, ({ state }) => state === 'done');
    expect(done).toMatchObject({ model: null, files: [unet] });
    const stored = readFileSync(join(data, 'models', 'some--model', unet));
    expect(hub.files.get(unet)?.equals(stored)).toBe(true);
    // Off the list, the file stays: it is the user's now.
    await on.call('hub.cancel', { download: done.id });
    expect(existsSync(join(done.folder, unet))).toBe(true);
  });

  it('refuses names and ids that it does not know', async () => {
    const { page: on } = await page();
    for (const name of ['model', '../x', 'a/../b', 'a--b/c', 'a/b/c', 'https://x/y'])
      await expect(on.call('hub.look', { repository: name })).rejects.toThrow(/is no name of a model/);
    await expect(on.call('hub.look', { repository: 'other/model' })).rejects.toThrow(/no such model/);
    const unknown = crypto.randomUUID();
    await expect(on.call('hub.start', { plan: unknown })).rejects.toThrow(/look the repository up again/);
    for (const call of ['hub.pause', 'hub.resume', 'hub.cancel'] as const)
      await expect(on.call(call, { download: unknown })).rejects.toThrow(/no such download/);
  });

  it('says in one sentence that the hub cannot be reached', async () => {
    const { page: on } = await page();
    await hub.stop();
    await expect(look(on)).rejects.toThrow(/cannot be reached \(ECONNREFUSED\); check the network/);
    // Told as a sentence, too, which the page says in its own language.
    await expect(look(on)).rejects.toMatchObject({
      sentence: { id: 'hub.unreachable', values: { name: 'some/model', endpoint, reason: 'ECONNREFUSED' } },
    });
    hub = new ImitationHub();
    await hub.start();
  });

  it('keeps the token to itself and in a file of the user’s own', async () => {
    const { page: on, data } = await page();
    hub.token = 'hf_secret';
    await expect(look(on)).rejects.toThrow(/a token given/);
    const view = await on.call('hub.setSettings', { token: 'hf_secret' });
    expect(view).toEqual({ endpoint, proxy: '', token: 'saved' });
    expect((await look(on)).repository.name).toBe('some/model');
    expect(hub.requests.at(-1)?.authorization).toBe('Bearer hf_secret');
    const file = join(data, 'library', 'hub.json');
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await on.call('hub.setSettings', { token: '' })).toMatchObject({ token: 'none' });
    expect(readFileSync(file, 'utf8')).not.toContain('hf_secret');
    await expect(on.call('hub.setSettings', { token: 'wrong' })).rejects.toThrow(
      /no access token of the hub/,
    );
    await expect(on.call('hub.setSettings', { endpoint: 'file:///etc' })).rejects.toThrow(
      /begins with https/,
    );
    await expect(on.call('hub.setSettings', { proxy: 'socks5://x' })).rejects.toThrow(/The proxy/);
    expect(await on.call('hub.settings', {})).toEqual({ endpoint, proxy: '', token: 'none' });
  });
});
