import { afterChanges } from '../../renderer/run/queueState.ts';
import type { Job } from '../../preload/contract/studioRecords.ts';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../preload/contract/studioClient.ts';
import { traceSchema } from '../../preload/contract/project.ts';
import { Page, studios, twoBoxes, withCaption } from './harness.ts';

/** The queue as a page knows it by the events that it has heard. */
const queueOf = (page: Page): string[] =>
  page
    .events('queue')
    .reduce<Job[]>((jobs, { changes }) => afterChanges(jobs, changes), [])
    .map(({ id }) => id);

const open = studios();

async function failure(promise: Promise<unknown>): Promise<StudioError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StudioError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

async function fetched(service: ReturnType<typeof open>['service'], href: string | null): Promise<Buffer> {
  const response = await service.answer(new Request(new URL(href ?? '/none', 'http://localhost')));
  expect(response?.status).toBe(200);
  return Buffer.from((await response?.arrayBuffer()) ?? new ArrayBuffer(0));
}

describe('the first start', () => {
  it('opens an example that is ready to run, once', async () => {
    const { service, data } = open();
    const page = new Page(service);
    const info = await page.call('app.info', {});
    expect([info.firstStart, info.preferences.hintSeen, info.defaultModel]).toEqual([
      true,
      false,
      'painting',
    ]);
    const project = await page.call('project.openExample', {});
    expect(project.document.boxes.length).toBeGreaterThan(1);
    expect(project.untitled).toBe(true);
    await page.call('app.setPreferences', { hintSeen: true });
    const again = await page.call('app.info', {});
    expect([again.firstStart, again.preferences.hintSeen]).toEqual([false, true]);
    await service.close();
    const next = await new Page(open({ data }).service).call('app.info', {});
    expect([next.firstStart, next.preferences.hintSeen]).toEqual([false, true]);
  });

  it('shows the picture first, and later the view that was chosen last', async () => {
    const { service, data } = open();
    const page = new Page(service);
    expect((await page.call('app.info', {})).preferences.view).toBe('image');
    await page.call('app.setPreferences', { view: 'masks' });
    await service.close();
    const next = await new Page(open({ data }).service).call('app.info', {});
    expect(next.preferences.view).toBe('masks');
  });
});

describe('jobs', () => {
  it('runs a layout into a result that is on the disk and at its addresses', async () => {
    const { service } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    const end = await page.run(project, twoBoxes('a dog and a sheep'));
    if (end.type !== 'done') throw new Error(JSON.stringify(end));
    const types = page.events('job').map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(['queued', 'stage', 'stage']);
    expect(types.filter((type) => type === 'step')).toHaveLength(4);
    expect(queueOf(page)).toEqual([]);

    const { entry } = end;
    const result = await page.call('results.read', { project: project.handle, result: entry.id });
    expect(result.result.request).toEqual(twoBoxes('a dog and a sheep'));
    const onDisk = join(project.path, 'results', entry.id);
    expect(await fetched(service, result.image)).toEqual(readFileSync(join(onDisk, 'image.png')));
    expect(await fetched(service, result.masks[1] ?? null)).toEqual(
      readFileSync(join(onDisk, 'masks/02-sheep.png')),
    );
    expect((await fetched(service, entry.thumbnail)).length).toBeGreaterThan(50);
    const trace = traceSchema.parse(JSON.parse((await fetched(service, result.trace)).toString()));
    expect(trace.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    const view = await page.call('project.view', { project: project.handle });
    expect(view.results).toEqual([entry]);
  });

  it('cancels a running and a waiting job, and runs the next', async () => {
    const { service } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    const slow = twoBoxes('slow', { steps: 200 });
    const ids = await page.call('jobs.enqueue', {
      project: project.handle,
      requests: [slow, slow, twoBoxes('quick')],
    });
    const [running = '', waiting = '', quick = ''] = ids;
    await page.event('job', ({ type, job }) => type === 'step' && job === running);
    await page.call('jobs.cancel', { job: waiting });
    await page.call('jobs.cancel', { job: running });
    const ends = await Promise.all(
      ids.map((id) =>
        page.event('job', ({ type, job }) => job === id && ['done', 'cancelled'].includes(type)),
      ),
    );
    expect(ends.map(({ type }) => type)).toEqual(['cancelled', 'cancelled', 'done']);
    expect(ends.map(({ job }) => job)).toEqual([running, waiting, quick]);
  });

  it('reorders what waits', async () => {
    const { service } = open();
    const page = new Page(service);
    const { handle } = await page.call('project.create', {});
    const slow = twoBoxes('slow', { steps: 500 });
    const [a, b = '', c = ''] = await page.call('jobs.enqueue', {
      project: handle,
      requests: [slow, slow, slow],
    });
    await page.call('jobs.move', { job: c, index: 0 });
    expect((await page.call('jobs.list', {})).map(({ id }) => id)).toEqual([a, c, b]);
    await page.call('jobs.cancelAll', {});
    await page.event('queue', () => queueOf(page).length === 0);
    expect(page.events('job').filter(({ type }) => type === 'cancelled')).toHaveLength(3);
  });

  it('tells what has changed in the queue, not the queue: bytes do not depend on how many jobs wait', async () => {
    const { service } = open();
    const page = new Page(service);
    const { handle } = await page.call('project.create', {});
    const bytesOf = async (
      waiting: number,
    ): Promise<{ added: number; steps: number[]; cancelled: number }> => {
      const before = page.heard.length;
      const slow = twoBoxes('slow', { steps: 500 });
      const [running] = await page.call('jobs.enqueue', { project: handle, requests: [slow] });
      for (let left = waiting; left > 0; left -= 64) {
        const requests = Array.from({ length: Math.min(64, left) }, () => slow);
        await page.call('jobs.enqueue', { project: handle, requests });
      }
      const added = page.heard.length;
      await page.event('job', ({ type, job }) => type === 'step' && job === running);
      const at = page.heard.length;
      await expect.poll(() => page.heard.length - at, { timeout: 20_000 }).toBeGreaterThan(4);
      const steps = page.heard.slice(added).map((event) => JSON.stringify(event).length);
      const cancelling = page.heard.length;
      await page.call('jobs.cancelAll', {});
      await page.event('job', ({ type, job }) => type === 'cancelled' && job === running);
      expect(await page.call('jobs.list', {})).toEqual([]);
      expect(queueOf(page)).toEqual([]);
      const sum = (from: number, to?: number): number => JSON.stringify(page.heard.slice(from, to)).length;
      return { added: sum(before, added), steps, cancelled: sum(cancelling) };
    };
    const [few, many] = [await bytesOf(2), await bytesOf(1280)];
    const mean = ({ steps }: { steps: number[] }): number => steps.reduce((a, b) => a + b, 0) / steps.length;
    expect(Math.abs(mean(many) - mean(few))).toBeLessThan(0.5 * mean(few));
    expect(Math.max(...many.steps)).toBeLessThan(4000);
    // A request once, a line for its place in the queue and one for its end.
    expect(many.added / 1281).toBeLessThan(4000);
    expect(many.cancelled / 1281).toBeLessThan(600);
  }, 120_000);

  it('takes no more jobs than it can hold, and says how many', async () => {
    const { service } = open();
    const page = new Page(service);
    const { handle } = await page.call('project.create', {});
    const slow = twoBoxes('slow', { steps: 500 });
    const enqueue = (count: number): Promise<string[]> =>
      page.call('jobs.enqueue', { project: handle, requests: Array.from({ length: count }, () => slow) });
    for (let batch = 0; batch < 31; batch++) await enqueue(64);
    await enqueue(15);
    await expect(enqueue(2)).rejects.toThrow(
      'The queue holds 1999 jobs and takes 2000 at most: wait until some have ended, or cancel some.',
    );
    expect(await page.call('jobs.list', {})).toHaveLength(1999);
    await enqueue(1);
    await page.call('jobs.cancelAll', {});
  }, 120_000);

  it('tells of a crash of the engine and of a refused request, and runs the next job', async () => {
    const { service } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    const crash = await page.run(project, twoBoxes('crash'));
    expect(crash).toMatchObject({ type: 'failed', fault: 'engine', cause: 'other' });
    expect((await page.event('engine', ({ state }) => state === 'crashed')).message).toMatch(/SIGSEGV/);
    expect(await page.run(project, twoBoxes('refuse'))).toMatchObject({
      type: 'failed',
      fault: 'user',
      message: 'The size 64 x 64 is not possible.',
    });
    expect(await page.run(project, twoBoxes('too much'))).toMatchObject({
      type: 'failed',
      fault: 'engine',
      cause: 'memory',
    });
    expect((await page.run(project, twoBoxes('well'))).type).toBe('done');
  });

  it('holds a result in memory whose project was moved away, and keeps it when it is back', async () => {
    const { service, data } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    const away = join(data, 'away');
    renameSync(project.path, away);
    const end = await page.run(project, twoBoxes('a dog'));
    expect(end).toMatchObject({ type: 'failed', fault: 'project' });
    renameSync(away, project.path);
    await page.call('project.save', {
      project: project.handle,
      document: withCaption(project.document, 'changed'),
    });
    const done = await page.event('job', ({ type, job }) => type === 'done' && job === end.job);
    expect(done.type).toBe('done');
    expect((await page.call('project.view', { project: project.handle })).results).toHaveLength(1);
  });

  it('keeps a result once when the list of results could not be saved at first', async () => {
    const page = new Page(open().service);
    const project = await page.call('project.create', {});
    const hindrance = join(project.path, 'project.json.bak');
    rmSync(hindrance, { force: true });
    mkdirSync(join(hindrance, 'in the way'), { recursive: true });
    const end = await page.run(project, twoBoxes('a dog'));
    expect(end).toMatchObject({ type: 'failed', fault: 'project' });
    rmSync(hindrance, { recursive: true });
    await page.call('project.save', {
      project: project.handle,
      document: withCaption(project.document, 'changed'),
    });
    await page.event('job', ({ type, job }) => type === 'done' && job === end.job);
    expect((await page.call('project.view', { project: project.handle })).results).toHaveLength(1);
    expect(readdirSync(join(project.path, 'results'))).toHaveLength(1);
  });
});

describe('projects', () => {
  it('saves within a second and opens again with what was drawn', async () => {
    const { service, data } = open();
    const page = new Page(service);
    const { handle, document } = await page.call('project.create', {});
    await page.call('project.save', { project: handle, document: withCaption(document, 'a red car') });
    const before = Date.now();
    await page.event('save', ({ save }) => save.state === 'saved');
    expect(Date.now() - before).toBeLessThan(1500);
    const saved = await page.call('project.saveAs', { project: handle, name: 'Cars' });
    expect(saved).toEqual({ path: join(data, 'projects', 'Cars.isac'), name: 'Cars', untitled: false });
    await page.call('project.close', { project: handle });
    const lists = await page.call('projects.list', {});
    expect(lists.folder).toEqual([{ path: join(data, 'projects', 'Cars.isac'), name: 'Cars' }]);
    expect(lists.unclosed).toEqual([]);
    const again = await page.call('project.open', { path: join(data, 'projects', 'Cars.isac') });
    expect(again.document.caption.text).toBe('a red car');
    expect((await failure(page.call('project.view', { project: handle }))).code).toBe('user');
  });

  it('is saved under another name when its folder is gone, with what was drawn', async () => {
    const { service, data } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    expect((await page.run(project, twoBoxes('a dog'))).type).toBe('done');
    renameSync(project.path, join(data, 'away'));
    const changed = withCaption(project.document, 'drawn after it went');
    await page.call('project.save', { project: project.handle, document: changed });
    const { message } = await failure(page.call('project.flush', { project: project.handle }));
    expect(message).toMatch(/was moved or deleted: save the project under another name/);
    const place = await page.call('project.saveAs', { project: project.handle, name: 'Rescued' });
    expect(place?.path).toBe(join(data, 'projects', 'Rescued.isac'));
    expect((await page.call('project.view', { project: project.handle })).results).toEqual([]);
    expect((await page.run(project, twoBoxes('a sheep'))).type).toBe('done');
    await page.call('project.close', { project: project.handle });
    const again = await page.call('project.open', { path: place?.path ?? '' });
    expect(again.document.caption.text).toBe('drawn after it went');
    expect(again).toMatchObject({ damage: [], results: [{ request: { caption: 'a sheep' } }] });
    expect(readdirSync(join(data, 'away', 'results'))).toHaveLength(1);
  });

  it('renames in place and keeps its results', async () => {
    const { service, data } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    await page.run(project, twoBoxes('a dog'));
    await page.call('project.saveAs', { project: project.handle, name: 'One' });
    const renamed = await page.call('project.rename', { project: project.handle, name: 'Two' });
    expect(renamed.path).toBe(join(data, 'projects', 'Two.isac'));
    expect(readdirSync(join(data, 'projects'))).toEqual(['Two.isac']);
    const view = await page.call('project.view', { project: project.handle });
    expect([view.name, view.results.length]).toEqual(['Two', 1]);
    await fetched(service, view.results[0]?.image ?? null);
  });

  it('notices a project that is open in another window, which is told when it is taken', async () => {
    const { service } = open();
    const [one, two] = [new Page(service), new Page(service)];
    const { path, handle, document } = await one.call('project.create', {});
    expect((await failure(two.call('project.open', { path }))).code).toBe('otherWindow');
    const taken = await two.call('project.open', { path, force: true });
    expect(taken.handle).toBe(handle);
    expect((await one.event('closed', () => true)).project).toBe(handle);
    const late = await failure(one.call('project.save', { project: handle, document }));
    expect(late.message).toContain('another window');
  });

  it('tells once that a project was not closed properly, not again where it is taken', async () => {
    const { service } = open();
    const [one, two] = [new Page(service), new Page(service)];
    const { path, handle } = await one.call('project.create', {});
    await one.call('project.close', { project: handle });
    // Of a process that is gone.
    const lock = {
      pid: 999_999_999,
      processStart: '',
      host: hostname(),
      token: 'x',
      taken: new Date().toISOString(),
    };
    writeFileSync(join(path, '.lock'), JSON.stringify(lock));
    expect((await one.call('project.open', { path })).recovered).toBe(true);
    expect((await two.call('project.open', { path, force: true })).recovered).toBe(false);
    expect((await one.call('project.open', { path, force: true })).recovered).toBe(false);
  });

  it('notices a project that is open in another studio', async () => {
    const [a, b] = [open(), open()];
    const { path } = await new Page(a.service).call('project.create', {});
    b.service.requestOpen('x', path);
    expect((await failure(new Page(b.service).call('project.open', { path }))).code).toBe('locked');
  });

  it('gives a page that comes back its project, and hands over one whose page is gone', async () => {
    const { service } = open();
    const page = new Page(service);
    const { handle, path } = await page.call('project.create', {});
    page.leave();
    const back = new Page(service, page.id);
    expect((await back.call('project.view', { project: handle })).path).toBe(path);
    back.leave();
    expect((await new Page(service).call('project.open', { path })).handle).toBe(handle);
  });

  it('opens nothing that the user did not point at', async () => {
    const { service } = open();
    const elsewhere = open();
    const { path, handle } = await new Page(elsewhere.service).call('project.create', {});
    await elsewhere.service.close();
    const page = new Page(service);
    expect((await failure(page.call('project.open', { path }))).message).toContain(
      'not one of your projects',
    );
    service.requestOpen(page.id, path);
    expect((await page.event('openRequest', () => true)).path).toBe(path);
    expect((await page.call('project.open', { path })).handle).not.toBe(handle);
  });

  it('calls a damaged archive as the user calls it', async () => {
    const page = new Page(open().service);
    const upload = await page.client.upload(new Blob(['PK no zip']), 'holiday.isac.zip');
    const refused = await page.call('project.importZip', { upload }).catch((error: unknown) => error);
    expect(String(refused)).toMatch(
      /: holiday\.isac\.zip is not a whole zip file \([^.]+(\.[^.]+)*[^.]\): export/,
    );
  });

  it('goes through a zip and back, as download and upload', async () => {
    const { service, data } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    await page.run(project, twoBoxes('a dog'));
    const zip = await page.call('project.exportZip', { project: project.handle });
    if (zip?.to !== 'download') throw new Error('not a download');
    const bytes = await fetched(service, zip.href);
    const upload = await page.client.upload(new Blob([new Uint8Array(bytes)]), 'Mine.isac.zip');
    const back = await page.call('project.importZip', { upload });
    expect([back?.results.length, back?.path.startsWith(join(data, 'projects'))]).toEqual([1, true]);
    expect((await failure(page.call('project.importZip', { upload }))).message).toContain('send it again');
  });

  it('removes a result and brings it back', async () => {
    const { service } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    const end = await page.run(project, twoBoxes('a dog'));
    if (end.type !== 'done') throw new Error(JSON.stringify(end));
    const result = { project: project.handle, result: end.entry.id };
    await page.call('results.remove', result);
    expect((await page.call('project.view', { project: project.handle })).results).toEqual([]);
    expect(await page.call('results.restore', result)).toEqual(end.entry);
    expect((await page.call('results.document', result)).boxes.map(({ phrase }) => phrase)).toEqual([
      'dog',
      'sheep',
    ]);
  });
});

describe('what comes in and goes out', () => {
  it('gives an exported PNG back as the same request', async () => {
    const { service } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    const end = await page.run(project, twoBoxes('a dog', { seed: 77 }));
    if (end.type !== 'done') throw new Error(JSON.stringify(end));
    const png = await page.call('exports.run', {
      project: project.handle,
      kind: 'png',
      results: [end.entry.id],
    });
    if (png?.to !== 'download') throw new Error('not a download');
    const upload = await page.client.upload(
      new Blob([new Uint8Array(await fetched(service, png.href))]),
      'x.png',
    );
    const read = await page.call('imports.read', { upload });
    if (read.kind !== 'png') throw new Error(read.kind);
    expect(read.embedded.request).toEqual(twoBoxes('a dog', { seed: 77 }));
    expect(read.document.settings.seed).toBe(77);
  });

  it.each(['masks', 'coco-rle', 'svg', 'psd', 'contact-sheet-png'] as const)(
    'exports %s as one download',
    async (kind) => {
      const { service } = open();
      const page = new Page(service);
      const project = await page.call('project.create', {});
      const end = await page.run(project, twoBoxes('a dog'));
      if (end.type !== 'done') throw new Error(JSON.stringify(end));
      const out = await page.call('exports.run', { project: project.handle, kind, results: [end.entry.id] });
      if (out?.to !== 'download') throw new Error('not a download');
      const start = (await fetched(service, out.href)).subarray(0, 4).toString('latin1');
      const starts = {
        masks: 'PK\u0003\u0004',
        'coco-rle': 'PK\u0003\u0004',
        svg: '<svg',
        psd: '8BPS',
        'contact-sheet-png': '\u0089PNG',
      };
      expect(start === starts[kind] || (kind === 'svg' && start.startsWith('<'))).toBe(true);
    },
  );

  it('lets the page choose one of the images of a COCO file', async () => {
    const { service } = open();
    const page = new Page(service);
    const coco = {
      images: [
        { id: 1, width: 200, height: 100, file_name: 'a.jpg' },
        { id: 2, width: 100, height: 100, file_name: 'b.jpg' },
      ],
      categories: [{ id: 1, name: 'dog' }],
      annotations: [
        { image_id: 1, category_id: 1, bbox: [0, 0, 100, 50] },
        { image_id: 1, category_id: 1, bbox: [0, 0, 9, 9], iscrowd: 1 },
      ],
    };
    const upload = await page.client.upload(new Blob([JSON.stringify(coco)]), 'c.json');
    expect(await page.call('imports.read', { upload })).toEqual({
      kind: 'coco',
      images: [
        { id: '1', name: 'a.jpg', boxes: 1 },
        { id: '2', name: 'b.jpg', boxes: 0 },
      ],
    });
    const read = await page.call('imports.read', { upload, image: '1', model: 'painting' });
    if (read.kind !== 'layout') throw new Error(read.kind);
    expect(read.document.width / read.document.height).toBe(2);
    expect(read.document.boxes.map(({ box }) => box)).toEqual([[0, 0, 0.5, 0.5]]);
    expect(read.leftOut?.crowds).toBe(1);
  });

  it('reads layouts, tells pictures and archives apart, and refuses the rest in a sentence', async () => {
    const { service } = open();
    const page = new Page(service);
    const read = async (text: string | Uint8Array<ArrayBuffer>, name: string): Promise<string> => {
      const upload = await page.client.upload(new Blob([text]), name);
      return (await page.call('imports.read', { upload })).kind;
    };
    const layout = { version: 1, boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 1, 1] }] };
    expect(await read(JSON.stringify(layout), 'a.json')).toBe('layout');
    expect(await read(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0]), 'a.jpg')).toBe(
      'picture',
    );
    expect(await read('PK\u0003\u0004', 'a.zip')).toBe('archive');
    expect((await failure(read('hello', 'a.txt'))).message).toMatch(/^a\.txt cannot be used/);
    expect((await failure(read('{"version": 9}', 'b.json'))).message).toContain('version');
  });
});

describe('addresses', () => {
  it('lead to nothing but the files of open projects', async () => {
    const { service } = open();
    const page = new Page(service);
    const project = await page.call('project.create', {});
    const end = await page.run(project, twoBoxes('a dog'));
    if (end.type !== 'done') throw new Error(JSON.stringify(end));
    const base = `/files/${project.handle}`;
    symlinkSync('/etc/hostname', join(project.path, 'results', end.entry.id, 'masks', 'link.png'));
    const paths = [
      `${base}/project.json`,
      `${base}/.lock`,
      `${base}/results/${end.entry.id}/entry.json`,
      `${base}/results/..%2f..%2fproject.json`,
      `${base}/results/%2e%2e/project.json`,
      `${base}/backdrops/..%5c..%5cproject.json`,
      `${base}/results/${end.entry.id}/masks/link.png`,
      `${base}/results/${end.entry.id}/masks/%00.png`,
      `${base}/results/${end.entry.id}/masks/%zz.png`,
      `/files/00000000-0000-4000-8000-000000000000/results/${end.entry.id}/image.png`,
      '/downloads/nothing/here',
    ];
    for (const path of paths) {
      const request = { url: `http://localhost${path}`, method: 'GET' } as Request;
      expect((await service.answer(request))?.status, path).toBe(404);
    }
    expect(
      (await service.answer({ url: `http://localhost${end.entry.image ?? ''}`, method: 'GET' } as Request))
        ?.status,
    ).toBe(200);
    const put = new Request(`http://localhost${end.entry.image ?? ''}`, { method: 'PUT', body: 'x' });
    expect((await service.answer(put))?.status).toBe(405);
    await page.call('project.close', { project: project.handle });
    expect((await service.answer(new Request(`http://localhost${end.entry.image ?? ''}`)))?.status).toBe(404);
  });
});

describe('calls', () => {
  it('refuses unknown names and wrong arguments, naming the field', async () => {
    const { service } = open();
    for (const name of ['toString', '__proto__', 'nothing.here']) {
      expect(await service.call('x', name, {})).toMatchObject({ ok: false, error: { code: 'internal' } });
    }
    const reply = await service.call('x', 'jobs.move', { job: 'a', index: -1 });
    expect(reply).toMatchObject({ ok: false });
    expect(JSON.stringify(reply)).toContain('index');
    const strange = await service.call('x', 'project.openDialog', {});
    expect(strange).toMatchObject({ ok: false, error: { code: 'unsupported' } });
  });

  it.skipIf(process.getuid?.() === 0)('says in a sentence when preferences cannot be written', async () => {
    const { service, data } = open();
    chmodSync(data, 0o500);
    const error = await failure(new Page(service).call('app.setPreferences', { theme: 'dark' }));
    chmodSync(data, 0o700);
    expect(error.message).toMatch(/access is denied/);
  });

  it('removes uploads and downloads when it ends', async () => {
    const { service, data } = open();
    const page = new Page(service);
    await page.client.upload(new Blob(['x']), 'a.png');
    expect(readdirSync(join(data, 'data', 'temporary'))).toHaveLength(1);
    await service.close();
    expect(readdirSync(join(data, 'data', 'temporary'))).toEqual([]);
    expect(existsSync(join(data, 'data', 'open-projects'))).toBe(false);
  });
});
