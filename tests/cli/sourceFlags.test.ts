import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestFromLayout } from '../../main/cli/requestFromLayout.ts';
import { readSourceFlags, type SourceFlags } from '../../main/cli/sourceFlags.ts';
import { decodeRle } from '../../main/engine/masks/rle.ts';
import { encodePng } from '../../main/projects/picture.ts';
import { layoutSchema } from '../../preload/contract/layout.ts';

const boxes = [
  { id: 'dog', phrase: 'brown dog', box: [0, 0, 0.5, 1] },
  { id: 'b', phrase: 'sheep', box: [0.4, 0, 1, 1] },
];
const layout = layoutSchema.parse({ version: 1, boxes });

let folder: string;
let source: string;
let mask: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isac-flags-'));
  const png = (name: string, width: number, height: number, grey: (p: number) => number): string => {
    const data = Uint8Array.from({ length: width * height }, (_, p) => grey(p));
    writeFileSync(join(folder, name), encodePng({ width, height, channels: 1, data }));
    return join(folder, name);
  };
  source = png('source.png', 32, 24, (p) => p % 256);
  mask = png('mask.png', 32, 24, (p) => (p < 32 ? 200 : 100));
  png('black.png', 32, 24, () => 0);
  png('small.png', 16, 16, () => 255);
  writeFileSync(join(folder, 'text.png'), 'text');
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (flags: SourceFlags, of = layout): ReturnType<typeof readSourceFlags> =>
  readSourceFlags(flags, of);

describe('--source', () => {
  it('begins with a picture and gives the layout its size', async () => {
    expect(await read({})).toBeNull();
    const start = await read({ source });
    expect(start?.source).toMatchObject({ denoise: 0.6, repaint: null, image: start?.picture.image });
    const request = requestFromLayout(layout, { seed: 1 }, 'm', { width: 128, height: 128 }, start);
    expect(request).toMatchObject({ width: 32, height: 24, source: start?.source });
    expect(requestFromLayout(layout, { seed: 1 }, 'm', { width: 128, height: 128 })).not.toHaveProperty(
      'source',
    );
  });

  it('repaints boxes, a mask, or both', async () => {
    expect((await read({ source, repaint: ['dog', 'b', 'dog'] }))?.source).toMatchObject({
      denoise: 1,
      repaint: { boxes: ['dog', 'b'], masks: [] },
    });
    const both = await read({ source, repaint: ['b'], mask, denoise: 0.5 });
    expect(both?.source.denoise).toBe(0.5);
    const [rle] = both?.source.repaint?.masks ?? [];
    expect(rle && [...decodeRle(rle)].map((value, p) => value === Number(p < 32)).every(Boolean)).toBe(true);
  });

  it('takes a mask by its luminance, and what is transparent as not white', async () => {
    const colours = [
      [255, 255, 255, 255],
      [255, 255, 255, 0],
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [127, 127, 127, 255],
      [128, 128, 128, 255],
      [255, 255, 255, 127],
      [255, 255, 255, 128],
    ];
    const data = Uint8Array.from(Array.from({ length: 32 * 24 }, (_, p) => colours[p % 8] ?? []).flat());
    const file = join(folder, 'kinds.png');
    writeFileSync(file, encodePng({ width: 32, height: 24, channels: 4, data }));
    const start = await read({ source, mask: file });
    const [rle] = start?.source.repaint?.masks ?? [];
    expect(rle && [...decodeRle(rle)].slice(0, 8)).toEqual([1, 0, 0, 1, 0, 1, 0, 1]);
  });

  it.each([
    [{ denoise: 0.5 }, '--denoise needs --source, the picture to begin with'],
    [{ repaint: ['dog'] }, '--repaint needs --source, the picture to begin with'],
    [{ source: 'nowhere.png' }, '--source FOLDER/nowhere.png: there is no such file'],
    [{ source: 'text.png' }, '--source FOLDER/text.png is not a PNG: a source picture must be one.'],
    [{ source: 'source.png', denoise: 1.5 }, '--denoise must be a number from 0 to 1'],
    [
      { source: 'source.png', repaint: ['cat'] },
      '--repaint: the layout has no box "cat"; its boxes are "dog", "b"',
    ],
    [
      { source: 'source.png', mask: 'small.png' },
      '--mask FOLDER/small.png has 16 x 16 pixels; it must have 32 x 24, as the source picture',
    ],
    [
      { source: 'source.png', mask: 'black.png' },
      '--mask FOLDER/black.png is black or transparent everywhere: paint white what is to change',
    ],
  ] satisfies [SourceFlags, string][])('%j is one sentence', async (flags: SourceFlags, sentence) => {
    const inFolder = Object.fromEntries(
      Object.entries(flags).map(([name, value]) => [
        name,
        typeof value === 'string' ? join(folder, value) : value,
      ]),
    );
    await expect(read(inFolder)).rejects.toThrow(sentence.replaceAll('FOLDER', folder));
  });

  it('must have the size that the layout says', async () => {
    await expect(read({ source }, { ...layout, width: 64 })).rejects.toThrow(
      'has 32 x 24 pixels, the layout says 64 x 24: make them equal, or leave the size out of the layout',
    );
  });
});
