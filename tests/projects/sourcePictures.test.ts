import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embedRequest, readEmbeddedRequest } from '../../main/projects/embeddedRequest.ts';
import { embedSource, readEmbeddedSource } from '../../main/projects/embeddedSource.ts';
import { projectEntries } from '../../main/projects/copyFolder.ts';
import { decodePng, encodePng } from '../../main/projects/picture.ts';
import { sha256 } from '../../main/projects/resultFiles.ts';
import { keepSource, readSource, sourcePixels, sourcePng } from '../../main/projects/sourcePictures.ts';
import { sampleRun } from './samples.ts';

const { image, result } = sampleRun();
const { request } = result;

function picture(
  width: number,
  height: number,
  channels: 1 | 3 | 4,
  value: (i: number) => number,
): Uint8Array {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => value(i));
  return encodePng({ width, height, channels, data });
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isac-source-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a source picture', () => {
  it('is the pixels alone, whatever else the file holds', () => {
    const plain = sourcePng(image, 'image.png');
    const loaded = embedSource(embedRequest(image, { version: 1, request }), plain.png);
    expect(sourcePng(loaded, 'image.png')).toEqual(plain);
    expect(sourcePng(plain.png, 'again.png').image).toBe(plain.image);
    expect(plain.image).toBe(sha256(plain.png));
    const { data, width, height } = sourcePixels(plain.png, plain.image);
    expect({ width, height }).toEqual({ width: plain.width, height: plain.height });
    expect(data).toEqual(decodePng(image, 'image.png').data);
  });

  it('has grey as RGB and what shows through as white', () => {
    const grey = sourcePng(
      picture(16, 24, 1, (i) => i % 256),
      'grey.png',
    );
    expect([...sourcePixels(grey.png, grey.image).data.slice(0, 6)]).toEqual([0, 0, 0, 1, 1, 1]);
    const clear = sourcePng(
      picture(16, 16, 4, (i) => (i % 4 === 3 ? (i < 4 ? 0 : 255) : 40)),
      'clear.png',
    );
    expect([...sourcePixels(clear.png, clear.image).data.slice(0, 6)]).toEqual([255, 255, 255, 40, 40, 40]);
  });

  it('is refused in one sentence', () => {
    expect(() => sourcePng(Buffer.from('GIF89a'), 'a.gif')).toThrow(
      'a.gif is not a PNG: a source picture must be one.',
    );
    expect(() =>
      sourcePng(
        picture(20, 16, 3, () => 0),
        'odd.png',
      ),
    ).toThrow(
      'odd.png has 20 x 16 pixels; the sides of a source picture must be multiples of 8 from 16 to 2048.',
    );
    expect(() =>
      sourcePng(
        picture(8, 16, 3, () => 0),
        'small.png',
      ),
    ).toThrow('small.png has 8 x 16 pixels');
    expect(() => sourcePixels(image, '0'.repeat(64))).toThrow('is not the one that the request names');
  });

  it('is kept once in a project and travels with it', async () => {
    const source = sourcePng(image, 'image.png');
    await keepSource(folder, source);
    await keepSource(folder, source);
    expect(await readdir(join(folder, 'sources'))).toEqual([`${source.image}.png`]);
    expect(await readSource(folder, source.image)).toEqual(Buffer.from(source.png));
    const paths: string[] = [];
    for await (const { path } of projectEntries(folder)) paths.push(path);
    expect(paths).toContain(`sources/${source.image}.png`);

    await expect(readSource(folder, 'f'.repeat(64))).rejects.toThrow('is missing from the project');
    await expect(readSource(folder, '../project')).rejects.toThrow('is not the name of a source picture');
    writeFileSync(join(folder, 'sources', `${source.image}.png`), 'changed');
    await expect(readSource(folder, source.image)).rejects.toThrow('is missing from the project');
  });
});

describe('a PNG that was made from a picture', () => {
  it('holds it beside its request, once', () => {
    const { png, image: hash } = sourcePng(image, 'image.png');
    const both = embedSource(embedRequest(image, { version: 1, request }), png);
    expect(readEmbeddedSource(both, hash)).toEqual(Buffer.from(png));
    expect(readEmbeddedRequest(both, 'both.png').request).toEqual(request);
    expect(decodePng(both, 'both.png')).toEqual(decodePng(image, 'image.png'));
    expect(embedSource(both, png)).toHaveLength(both.length);
    // A request that is embedded again leaves it there.
    expect(readEmbeddedSource(embedRequest(both, { version: 1, request }), hash)).not.toBeNull();
    expect(readEmbeddedSource(both, '0'.repeat(64))).toBeNull();
    expect(readEmbeddedSource(image, hash)).toBeNull();
  });
});
