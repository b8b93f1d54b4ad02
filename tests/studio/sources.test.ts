import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEmbeddedSource } from '../../main/projects/embeddedSource.ts';
import { decodePng, encodePng } from '../../main/projects/picture.ts';
import { Page, studios, twoBoxes } from './harness.ts';

const open = studios();

// tests/studio/paintingEngine.ts paints the boxes' pixels over the source picture that comes with a request.
it('a result is repainted: its picture is kept, reaches the engine, and is in the new PNG', async () => {
  const { service } = open();
  const page = new Page(service);
  const fetched = async (href: string | null): Promise<Buffer> => {
    const response = await service.answer(new Request(new URL(href ?? '/none', 'http://localhost')));
    expect(response?.status).toBe(200);
    return Buffer.from((await response?.arrayBuffer()) ?? new ArrayBuffer(0));
  };
  const project = await page.call('project.create', {});
  const first = await page.run(project, twoBoxes('a dog and a sheep'));
  if (first.type !== 'done') throw new Error(JSON.stringify(first));
  const from = { project: project.handle, result: first.entry.id };
  const source = await page.call('sources.ofResult', from);
  expect(await page.call('sources.ofResult', from)).toEqual(source);
  expect(readdirSync(join(project.path, 'sources'))).toEqual([`${source.image}.png`]);
  const pixels = decodePng(await fetched(first.entry.image), 'image');
  expect(decodePng(await fetched(source.href), 'source')).toEqual(pixels);

  const request = twoBoxes('a dog and a sheep', {
    seed: 9,
    source: { image: source.image, denoise: 0.5, repaint: { boxes: ['b'], masks: [], grow: 0 } },
  });
  const second = await page.run(project, request);
  if (second.type !== 'done') throw new Error(JSON.stringify(second));
  const png = await fetched(second.entry.image);
  expect(second.entry.request.source).toEqual(request.source);
  expect(readEmbeddedSource(png, source.image)).not.toBeNull();
  // The corner at the top right is in no box, so it is the source picture's.
  const corner = 3 * (pixels.width - 1);
  expect(decodePng(png, 'image').data.slice(corner, corner + 3)).toEqual(
    pixels.data.slice(corner, corner + 3),
  );
  const document = await page.call('results.document', { project: project.handle, result: second.entry.id });
  expect(document.settings.source).toEqual(request.source);

  // In another project the PNG brings its picture along.
  const other = await page.call('project.create', {});
  const file = new File([new Uint8Array(png)], 'made.png');
  const upload = await page.client.upload(file, 'made.png');
  const imported = await page.call('imports.read', { upload });
  expect(imported).toMatchObject({ kind: 'png', document: { settings: { source: request.source } } });
  expect(await page.call('sources.ofUpload', { project: other.handle, upload })).toMatchObject({
    image: source.image,
  });
  expect(readdirSync(join(other.path, 'sources'))).toEqual([`${source.image}.png`]);
  const plain = await page.client.upload(
    new File([new Uint8Array(await fetched(first.entry.image))], 'a.png'),
    'a.png',
  );
  expect(await page.call('sources.ofUpload', { project: other.handle, upload: plain })).toBeNull();

  // So does the whole project as one file.
  const zip = await page.call('project.exportZip', { project: project.handle });
  if (zip?.to !== 'download') throw new Error(JSON.stringify(zip));
  const archive = await fetched(zip.href);
  const sent = await page.client.upload(new File([new Uint8Array(archive)], zip.name), zip.name);
  const copy = await page.call('project.importZip', { upload: sent });
  if (copy === null) throw new Error('no project');
  expect(readdirSync(join(copy.path, 'sources'))).toEqual([`${source.image}.png`]);
  expect((await page.run(copy, request)).type).toBe('done');

  rmSync(join(project.path, 'sources'), { recursive: true });
  await expect(page.call('jobs.enqueue', { project: project.handle, requests: [request] })).rejects.toThrow(
    'is missing from the project',
  );
});

it('takes the pixels of any PNG of an allowed size, and says in one sentence why not', async () => {
  const { service } = open();
  const page = new Page(service);
  const project = await page.call('project.create', {});
  const send = async (bytes: Uint8Array, name: string): Promise<{ project: string; upload: string }> => ({
    project: project.handle,
    upload: await page.client.upload(new File([new Uint8Array(bytes)], name), name),
  });
  const data = Uint8Array.from({ length: 4 * 64 * 48 }, (_, i) => (i * 31) % 256);
  const png = encodePng({ width: 64, height: 48, channels: 4, data });
  const source = await page.call('sources.ofPicture', await send(png, 'photo.png'));
  expect([source.width, source.height]).toEqual([64, 48]);
  expect(readdirSync(join(project.path, 'sources'))).toEqual([`${source.image}.png`]);

  const odd = encodePng({ width: 63, height: 48, channels: 1, data: new Uint8Array(63 * 48) });
  await expect(page.call('sources.ofPicture', await send(odd, 'odd.png'))).rejects.toThrow(
    'odd.png has 63 x 48 pixels; the sides of a source picture must be multiples of 8 from 16 to 2048.',
  );
  const cut = png.subarray(0, png.length - 30);
  await expect(page.call('sources.ofPicture', await send(cut, 'cut.png'))).rejects.toThrow(
    /^cut\.png cannot be read as a picture: /,
  );
  await expect(page.call('sources.ofPicture', await send(data, 'a.jpg'))).rejects.toThrow('is not a PNG');
  expect(readdirSync(join(project.path, 'sources'))).toHaveLength(1);
});
