import { describe, expect, it } from 'vitest';
import { CocoFile, leftOutText } from '../../main/projects/imports/cocoFile.ts';
import { readDroppedJson } from '../../main/projects/imports/droppedJson.ts';
import { documentSchema, MAX_DOCUMENT_BOXES } from '../../preload/contract/project.ts';
import { sizeOfRatio } from '../../preload/contract/sizeOfRatio.ts';

const defaults = { model: 'm', width: 512, height: 512, sizeMultiple: 64 };
const dog = { id: 1, image_id: 1, category_id: 1, bbox: [64, 48, 128, 96], iscrowd: 0 };
const cat = { id: 2, image_id: 1, category_id: 2, bbox: [320, 240, 320, 300], iscrowd: 0 };
/** After cocodataset.org's "Data format": an image of 640 x 480 with two boxes. */
const base = {
  images: [{ id: 1, width: 640, height: 480, file_name: 'val/a.jpg' }],
  categories: [
    { id: 1, name: 'dog', supercategory: 'animal' },
    { id: 2, name: 'cat' },
  ],
  annotations: [dog, cat],
};
const more = (...annotations: object[]): object => ({ ...base, annotations: [...base.annotations, ...annotations] }); // prettier-ignore
const second = { id: 2, width: 100, height: 200, file_name: 'b.jpg' };
const several = { ...base, images: [...base.images, second] };

const read = (
  value: object,
  image: string | null = null,
  encode = (text: string): Buffer => Buffer.from(text),
): ReturnType<typeof readDroppedJson> =>
  readDroppedJson(encode(JSON.stringify(value)), 'c.json', defaults, image);

/** Shares by hand: 64 / 640, 48 / 480, 192 / 640, 144 / 480; the cat is cut at the bottom. */
const boxes = [
  ['dog', [0.1, 0.1, 0.3, 0.3]],
  ['cat', [0.5, 0.5, 1, 1]],
];

describe('COCO annotations', () => {
  const unmarked = { ...dog, iscrowd: undefined };
  it.each<[string, object, object]>([
    ['as published', base, {}],
    ['with a crowd region', more({ ...dog, bbox: [0, 0, 640, 480], iscrowd: 1 }), { crowds: 1 }],
    ['with a crowd marked by true', more({ ...dog, iscrowd: true }), { crowds: 1 }],
    ['with an annotation without a box', more({ ...dog, bbox: undefined }), { withoutBox: 1 }],
    ['with an empty, a null and a rotated box', more({ ...dog, bbox: [] }, { ...dog, bbox: null }, { ...dog, bbox: [1, 1, 9, 9, 30] }), { withoutBox: 3 }], // prettier-ignore
    ['with a box outside and one without area', more({ ...dog, bbox: [700, 0, 9, 9] }, { ...dog, bbox: [5, 5, 0, 9] }), { outside: 2 }], // prettier-ignore
    ['with an annotation of another image', more({ ...dog, image_id: 7 }), {}],
    ['without iscrowd', { ...base, annotations: [unmarked, cat] }, {}],
    ['with ids of text', { ...base, images: [{ ...base.images[0], id: 'i-1' }], annotations: [{ ...dog, image_id: 'i-1' }, { ...cat, image_id: 'i-1' }] }, {}], // prettier-ignore
    ['with ids as text here and numbers there', { ...base, annotations: [{ ...dog, image_id: '1', category_id: '1' }, cat] }, {}], // prettier-ignore
    ['with an unused category without a name', { ...base, categories: [...base.categories, { id: 3 }] }, {}],
  ])('%s become a layout of the image’s ratio', (_, file, leftOut) => {
    const result = read(file);
    if (result.kind !== 'layout') throw new Error(result.kind);
    expect(documentSchema.parse(result.document)).toEqual(result.document);
    expect(result.document.boxes.map(({ phrase, box }) => [phrase, box])).toEqual(boxes);
    expect(result.document).toMatchObject({ width: 512, height: 384, caption: { text: 'a dog and a cat' } });
    expect(result.leftOut).toEqual({ crowds: 0, withoutBox: 0, outside: 0, over: 0, ...leftOut });
  });

  it.each<[string, (text: string) => Buffer]>([
    ['a byte order mark', (text) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('are read with %s', (_, encode) => {
    expect(read(base, null, encode).kind).toBe('layout');
  });

  it('of several images ask which, and take the one that is named', () => {
    expect(read(several)).toEqual({
      kind: 'coco',
      images: [
        { id: '1', name: 'val/a.jpg', boxes: 2 },
        { id: '2', name: 'b.jpg', boxes: 0 },
      ],
    });
    for (const name of ['1', 'val/a.jpg', 'a.jpg']) {
      const result = read(several, name);
      expect(result.kind === 'layout' && result.document.boxes.length).toBe(2);
    }
  });

  it('of more boxes than a run takes are all imported, and as many as a document holds of even more', () => {
    const crowded = (count: number): object => ({ ...base, annotations: Array.from({ length: count }, () => dog) }); // prettier-ignore
    const held = [31, MAX_DOCUMENT_BOXES, MAX_DOCUMENT_BOXES + 30].map((count) => {
      const result = read(crowded(count));
      return result.kind === 'layout' && [result.document.boxes.length, result.leftOut?.over];
    });
    expect(held).toEqual([
      [31, 0],
      [MAX_DOCUMENT_BOXES, 0],
      [MAX_DOCUMENT_BOXES, 30],
    ]);
  });

  it.each<[string, object, string | null, string]>([
    ['no images', { ...base, images: [] }, null, 'c.json is not a COCO annotation file: images: must hold an image.'],
    ['an unknown image', several, 'x.jpg', 'c.json has no image "x.jpg"; it has val/a.jpg (2 boxes), b.jpg (0 boxes).'],
    ['an image without boxes', several, 'b.jpg', 'c.json has no boxes for the image b.jpg.'],
    ['crowds alone', { ...base, annotations: [{ ...dog, iscrowd: 1 }] }, null, 'c.json has no boxes for the image val/a.jpg (left out: crowd regions (1)).'],
    ['a category that is not there', { ...base, categories: [] }, null, 'c.json: an annotation is of category 1, which the file gives no name; add it to "categories".'],
    ['no category', { ...base, annotations: [{ ...dog, category_id: undefined }] }, null, 'c.json: an annotation is without a category, which the file gives no name; add it to "categories".'],
    ['an image without a size', { ...base, images: [{ id: 1, file_name: 'a.jpg', width: 0, height: 5 }] }, null, 'c.json: the image a.jpg has no width and height above 0.'],
    ['two images of a name', { ...several, images: [...base.images, { ...second, file_name: 'x/a.jpg' }] }, 'a.jpg', 'c.json has 2 images "a.jpg": name one by its id (1, 2).'],
  ])('with %s are refused in a sentence', (_, file, image, sentence) => {
    expect(() => read(file, image)).toThrow(sentence);
  }); // prettier-ignore

  it('tell what was left out in words', () => {
    expect(leftOutText({ crowds: 1, withoutBox: 2, outside: 0, over: 0 })).toBe('crowd regions (1), annotations without a box (2)'); // prettier-ignore
    expect(new CocoFile(several, 'c.json').listed()).toBe('val/a.jpg (2 boxes), b.jpg (0 boxes)');
  });
});

describe('the size of a ratio', () => {
  it.each([
    [4 / 3, 512, 64, 512, 384],
    [4 / 3, 128, 32, 128, 96],
    [1, 512, 64, 512, 512],
    [3 / 4, 128, 32, 96, 128],
    [16 / 9, 64, 8, 112, 64],
    [100, 128, 32, 2048, 64],
    [0.01, 128, 32, 64, 2048],
  ])('%f for a model of %i in steps of %i is %i x %i', (ratio, side, multiple, width, height) => {
    expect(sizeOfRatio(ratio, { width: side, height: side }, multiple)).toEqual({ width, height });
  });
});
