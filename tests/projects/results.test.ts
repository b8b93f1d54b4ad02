import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEmbeddedRequest } from '../../main/projects/embeddedRequest.ts';
import { decodePng } from '../../main/projects/picture.ts';
import { maskName } from '../../main/projects/resultFiles.ts';
import {
  addResult,
  deletedResults,
  deleteResult,
  emptyTrash,
  listResults,
  loadResult,
} from '../../main/projects/results.ts';
import { loadedResultSchema, resultSummarySchema } from '../../preload/contract/project.ts';
import { sampleRun, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();

function emptyProject(): string {
  const place = folder();
  mkdirSync(join(place, 'results'));
  return place;
}

describe('addResult', () => {
  it('writes image, masks, result, trace and thumbnail, and the image carries its request', async () => {
    const project = emptyProject();
    const run = sampleRun(3, 320);
    const id = await addResult(project, run);
    const at = join(project, 'results', id);
    expect(readdirSync(at).sort()).toEqual([
      'entry.json',
      'image.png',
      'masks',
      'result.json',
      'thumbnail.png',
      'trace.json',
    ]);
    expect(readdirSync(join(at, 'masks'))).toEqual(['01-sheep.png', '02-brown-dog.png']);
    const image = readFileSync(join(at, 'image.png'));
    expect(decodePng(image, 'image')).toEqual(decodePng(run.image, 'image'));
    expect(readEmbeddedRequest(image, 'image.png')).toEqual({
      version: 1,
      request: run.result.request,
      madeBy: { model: run.result.model, device: 'cpu', versions: run.result.versions },
    });
    const thumbnail = decodePng(readFileSync(join(at, 'thumbnail.png')), 'thumbnail');
    expect([thumbnail.width, thumbnail.height]).toEqual([160, 160]);
    const [summary] = await listResults(project, [id], []);
    expect(resultSummarySchema.parse(summary)).toMatchObject({ id, missing: [], pinned: false });
    const loaded = loadedResultSchema.parse(await loadResult(project, id));
    expect(loaded.result).toEqual(run.result);
    expect(loaded.masks.map((mask) => Buffer.from(mask ?? '', 'base64'))).toEqual(
      run.masks.map((mask) => Buffer.from(mask)),
    );
    expect(loaded.trace?.steps).toEqual(run.trace);
  });

  it('leaves nothing behind when the run does not fit', async () => {
    const project = emptyProject();
    const run = sampleRun();
    await expect(addResult(project, { ...run, masks: run.masks.slice(1) })).rejects.toThrow(
      'A result of 2 boxes came with 1 masks.',
    );
    await expect(addResult(project, { ...run, image: run.image.subarray(0, 90) })).rejects.toThrow(/cut off/);
    await expect(addResult(join(project, 'gone'), run)).resolves.toMatch(/^\d{8}-/);
    expect(readdirSync(join(project, 'results'))).toEqual([]);
  });

  it('keeps the losses of every step and the pictures of at most a hundred, the last among them', async () => {
    const project = emptyProject();
    const trace = Array.from({ length: 250 }, (_, step) => ({
      step,
      loss: null,
      preview: 'AAAA',
      masks: ['BBBB'],
    }));
    const { trace: kept } = await loadResult(project, await addResult(project, { ...sampleRun(), trace }));
    expect(kept?.steps).toHaveLength(250);
    const pictures = kept?.steps.filter(({ preview }) => preview !== null) ?? [];
    expect(pictures.length).toBeLessThanOrEqual(100);
    expect(pictures.length).toBeGreaterThan(80);
    expect(pictures.at(-1)?.step).toBe(249);
  });
});

it('empties the trash of what was deleted long ago', async () => {
  const project = emptyProject();
  const [old, fresh] = [await addResult(project, sampleRun(1)), await addResult(project, sampleRun(2))];
  await deleteResult(project, old);
  await deleteResult(project, fresh);
  const before = new Date(Date.now() - 31 * 86_400_000);
  utimesSync(join(project, 'trash', old), before, before);
  await emptyTrash(project, 30);
  expect(await deletedResults(project)).toEqual([fresh]);
  expect(existsSync(join(project, 'trash', old))).toBe(false);
});

it.each([
  ['brown dog', '01-brown-dog.png'],
  ['양 한 마리', '01-양-한-마리.png'],
  ['../../etc/passwd', '01-etc-passwd.png'],
  ['CON', '01-con.png'],
  ['🐑', '01-box.png'],
  ['a'.repeat(200), `01-${'a'.repeat(40)}.png`],
])('names the mask of %j %s', (phrase, name) => {
  expect(maskName(0, phrase)).toBe(name);
});
