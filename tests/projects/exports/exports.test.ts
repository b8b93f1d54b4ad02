import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { initializeCanvas, readPsd, type Layer } from 'ag-psd';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaOfMask, boxOfMask, decodeRle } from '../../../main/engine/masks/rle.ts';
import { exportResults, type ExportKind } from '../../../main/projects/exports/exportResults.ts';
import { readExportable } from '../../../main/projects/exports/exportable.ts';
import { outlinesOf } from '../../../main/projects/exports/outlines.ts';
import { escapeXml } from '../../../main/projects/exports/svg.ts';
import type { CocoDataset } from '../../../main/projects/exports/coco.ts';
import { CocoFile } from '../../../main/projects/imports/cocoFile.ts';
import { readEmbeddedRequest } from '../../../main/projects/embeddedRequest.ts';
import { decodePng, toRgba } from '../../../main/projects/picture.ts';
import { addResult } from '../../../main/projects/results.ts';
import { colourOfBox } from '../../../preload/contract/palette.ts';
import { rleSchema } from '../../../preload/contract/rle.ts';
import { sampleMasks, sampleRun, temporaryFolders } from '../samples.ts';

// ag-psd reads into the browser's ImageData; here a plain object does.
initializeCanvas(
  () => {
    throw new Error('no canvas here');
  },
  (width, height) => ({ width, height, data: new Uint8ClampedArray(width * height * 4), colorSpace: 'srgb' }),
);

const folder = temporaryFolders();
const masks = sampleMasks(64);

async function exported(kind: ExportKind, seeds = [1]): Promise<{ files: string[]; target: string }> {
  const project = folder();
  mkdirSync(join(project, 'results'));
  const results: string[] = [];
  for (const seed of seeds) results.push(await addResult(project, sampleRun(seed)));
  const target = join(project, 'out');
  return { files: await exportResults({ project, results, kind, target }), target };
}

/** Fills rings by the even-odd rule at pixel centres. */
function fill(
  rings: readonly (readonly (readonly [number, number])[])[],
  width: number,
  height: number,
): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [x, y] = [(pixel % width) + 0.5, Math.floor(pixel / width) + 0.5];
    let inside = 0;
    for (const ring of rings) {
      ring.forEach(([x0, y0], index) => {
        const [x1, y1] = ring[(index + 1) % ring.length] ?? [x0, y0];
        if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside ^= 1;
      });
    }
    return inside;
  });
}

const pairs = (polygon: readonly number[]): [number, number][] =>
  Array.from({ length: polygon.length / 2 }, (_, index) => [
    polygon[index * 2] ?? 0,
    polygon[index * 2 + 1] ?? 0,
  ]);

describe('COCO', () => {
  it.each(['coco-rle', 'coco-polygons'] as const)('as %s gives every mask back exactly', async (kind) => {
    const { target, files } = await exported(kind, [1, 2]);
    const text = readFileSync(join(target, 'annotations.json'), 'utf8');
    const coco = JSON.parse(text) as CocoDataset;
    expect(files).toHaveLength(3);
    expect(coco.categories).toEqual([
      { id: 1, name: 'sheep', supercategory: 'object' },
      { id: 2, name: 'brown dog', supercategory: 'object' },
    ]);
    expect(coco.annotations.map((one) => [one.id, one.image_id, one.category_id])).toEqual([
      [1, 1, 1],
      [2, 1, 2],
      [3, 2, 1],
      [4, 2, 2],
    ]);
    for (const { file_name, width, height } of coco.images) {
      const { width: w, height: h } = decodePng(readFileSync(join(target, file_name)), file_name);
      expect([width, height]).toEqual([w, h]);
    }
    for (const { segmentation, category_id, area, bbox } of coco.annotations) {
      const mask = masks[category_id - 1] ?? new Uint8Array();
      const back = Array.isArray(segmentation)
        ? fill(segmentation.map(pairs), 64, 64)
        : decodeRle(rleSchema.parse(segmentation));
      expect(Buffer.from(back).equals(mask)).toBe(true);
      expect(area).toBe(areaOfMask(mask));
      expect(bbox).toEqual(boxOfMask(mask, 64, 64));
    }
  });

  it('of one image can be imported as a layout', async () => {
    const { target } = await exported('coco-rle');
    const raw: unknown = JSON.parse(readFileSync(join(target, 'annotations.json'), 'utf8'));
    const { boxes } = new CocoFile(raw, 'annotations.json').layout(null);
    expect(boxes.map(({ phrase, box }) => [phrase, box])).toEqual([
      ['sheep', [0.25, 0.125, 30 / 64, 26 / 64]],
      ['brown dog', [2 / 64, 2 / 64, 12 / 64, 28 / 64]],
    ]);
  });
});

describe('SVG', () => {
  it('has one exact outline, box and phrase per instance', async () => {
    const { files } = await exported('svg');
    const svg = readFileSync(files[0] ?? '', 'utf8');
    expect(svg).toContain('viewBox="0 0 64 64"');
    const paths = [...svg.matchAll(/<path d="([^"]+)"/g)].map(([, path = '']) =>
      path
        .split('Z')
        .filter(Boolean)
        .map((ring) =>
          ring
            .slice(1)
            .split('L')
            .map((corner) => corner.split(' ').map(Number) as [number, number]),
        ),
    );
    // A ring with a hole; two pieces.
    expect(paths.map((rings) => rings.length)).toEqual([2, 2]);
    paths.forEach((rings, index) =>
      expect(Buffer.from(fill(rings, 64, 64)).equals(masks[index] ?? Buffer.alloc(0))).toBe(true),
    );
    expect([...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual(['sheep', 'brown dog']);
    const rects = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)];
    expect(rects.map((match) => match.slice(1, 5).map(Number))).toEqual([
      [32, 16, 28.8, 35.2],
      [6.4, 19.2, 32, 38.4],
    ]);
  });

  it('draws no line where a hole was joined to its body', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }), (cells) => {
        const mask = Uint8Array.from(cells, Number);
        const rings = outlinesOf(mask, 8, 8);
        expect([...fill(rings, 8, 8)]).toEqual([...mask]);
        // As long as the border between set and unset pixels, no longer.
        const length = rings.flatMap((ring) =>
          ring.map(([x, y], index) => {
            const [nx, ny] = ring[(index + 1) % ring.length] ?? [x, y];
            return Math.abs(nx - x) + Math.abs(ny - y);
          }),
        );
        const at = (x: number, y: number): number =>
          x < 0 || y < 0 || x > 7 || y > 7 ? 0 : (mask[y * 8 + x] ?? 0);
        let border = 0;
        for (let y = 0; y <= 8; y++) {
          for (let x = 0; x <= 8; x++)
            border += Number(at(x, y) !== at(x - 1, y)) + Number(at(x, y) !== at(x, y - 1));
        }
        expect(length.reduce((sum, one) => sum + one, 0)).toBe(border);
      }),
    );
  });

  it('escapes phrases', () => {
    expect(escapeXml('a <b> & "c"\u0000\ud800 😀')).toBe('a &lt;b&gt; &amp; &quot;c&quot;\ufffd\ufffd 😀');
  });
});

describe('PSD', () => {
  it('has the image, one masked layer per instance and a hidden layer of boxes', async () => {
    const { files } = await exported('psd');
    const psd = readPsd(readFileSync(files[0] ?? ''), { useImageData: true, throwForMissingFeatures: true });
    expect([psd.width, psd.height]).toEqual([64, 64]);
    const [image, instances, boxes] = psd.children ?? [];
    expect([image?.name, instances?.name, boxes?.name]).toEqual(['Image', 'Instances', 'Boxes']);
    expect([image?.hidden, boxes?.hidden]).toEqual([false, true]);
    const rgba = toRgba(decodePng(sampleRun(1).image, 'image'));
    expect(Buffer.from(image?.imageData?.data ?? []).equals(rgba)).toBe(true);
    expect(Buffer.from(psd.imageData?.data ?? []).equals(rgba)).toBe(true);
    const layers: Layer[] = instances?.children ?? [];
    expect(layers.map(({ name }) => name)).toEqual(['sheep', 'brown dog']);
    layers.forEach(({ left = 0, top = 0, imageData, mask }, index) => {
      const whole = masks[index] ?? new Uint8Array();
      expect([left, top, imageData?.width, imageData?.height]).toEqual(boxOfMask(whole, 64, 64));
      const back = new Uint8Array(64 * 64);
      const [w, h] = [mask?.imageData?.width ?? 0, mask?.imageData?.height ?? 0];
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const pixel = (top + y) * 64 + left + x;
          back[pixel] = Number((mask?.imageData?.data[(y * w + x) * 4] ?? 0) > 0);
          expect(imageData?.data[(y * w + x) * 4]).toBe(rgba[pixel * 4]);
        }
      }
      expect([mask?.left, mask?.top, mask?.defaultColor]).toEqual([left, top, 0]);
      expect(Buffer.from(back).equals(whole)).toBe(true);
    });
  });
});

describe('pictures', () => {
  it('PNG holds its request', async () => {
    const { files } = await exported('png');
    expect(readEmbeddedRequest(readFileSync(files[0] ?? ''), 'x').request).toEqual(
      sampleRun(1).result.request,
    );
  });

  it('masks are 8-bit, one per box', async () => {
    const { target } = await exported('masks');
    expect(readdirSync(target)).toEqual(['01-sheep.png', '02-brown-dog.png']);
    readdirSync(target).forEach((name, index) => {
      const { channels, data } = decodePng(readFileSync(join(target, name)), name);
      expect(channels).toBe(1);
      expect([...data]).toEqual([...(masks[index] ?? [])].map((value) => value * 255));
    });
  });

  it('the contact sheet shows every picture at its place', async () => {
    const { files } = await exported('contact-sheet-png', [1, 2, 3]);
    const sheet = decodePng(readFileSync(files[0] ?? ''), 'sheet');
    // Two columns and two rows of 256 pixels with gaps of 8; pictures of 64 pixels in the middle of their cells.
    expect([sheet.width, sheet.height]).toEqual([8 + 2 * 264, 8 + 2 * 264]);
    [1, 2, 3].forEach((seed, index) => {
      const [left, top] = [8 + (index % 2) * 264 + 96, 8 + Math.floor(index / 2) * 264 + 96];
      const picture = decodePng(sampleRun(seed).image, 'image');
      const at = ((top + 10) * sheet.width + left + 20) * 3;
      expect([...sheet.data.subarray(at, at + 30)]).toEqual([
        ...picture.data.subarray((10 * 64 + 20) * 3, (10 * 64 + 30) * 3),
      ]);
    });
    expect([...sheet.data.subarray(0, 3)]).toEqual([32, 32, 32]);
  });

  it('the contact sheet as SVG has captions and seeds', async () => {
    const { files } = await exported('contact-sheet-svg', [1, 2]);
    const svg = readFileSync(files[0] ?? '', 'utf8');
    expect([...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual([
      'a sheep and a brown dog, 양과 개 🐑 · 1',
      'a sheep and a brown dog, 양과 개 🐑 · 2',
    ]);
    const [href = ''] = /(?<=base64,)[^"]+/.exec(svg) ?? [];
    expect(decodePng(Buffer.from(href, 'base64'), 'x')).toEqual(decodePng(sampleRun(1).image, 'y'));
  });
});

it('says what cannot be exported', async () => {
  const project = folder();
  mkdirSync(join(project, 'results'));
  const id = await addResult(project, sampleRun());
  const job = { project, target: join(project, 'out') };
  await expect(exportResults({ ...job, results: [], kind: 'svg' })).rejects.toThrow(
    /There is no result to export/,
  );
  await expect(exportResults({ ...job, results: [id, id], kind: 'psd' })).rejects.toThrow(
    /Only one result at a time/,
  );
  await expect(readExportable(project, '../x')).rejects.toThrow(/is not the name of a result/);
  await expect(readExportable(project, '20260101-000000-000-abcdef')).rejects.toThrow(/cannot be exported/);
});

it('gives every box its colour in the studio, and its place in the palette where the studio has none', async () => {
  const project = folder();
  mkdirSync(join(project, 'results'));
  const id = await addResult(project, sampleRun());
  const plain = await readExportable(project, id);
  expect(plain.boxes.map(({ colour }) => colour)).toEqual([colourOfBox(0), colourOfBox(1)]);
  const recoloured = await readExportable(project, id, new Map([['b', 7]]));
  expect(recoloured.boxes.map(({ colour }) => colour)).toEqual([colourOfBox(0), colourOfBox(7)]);
});
