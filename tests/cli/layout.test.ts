import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { withGenerationFlags } from '../../main/cli/flags.ts';
import { parseLayout, readLayout } from '../../main/cli/readLayout.ts';
import { requestFromLayout, type GenerationFlags } from '../../main/cli/requestFromLayout.ts';
import { maskName } from '../../main/cli/resultFiles.ts';
import { findModel } from '../../main/host/models.ts';
import { UserError } from '../../main/engine/errors.ts';

const dog = { id: 'a', phrase: 'brown dog', box: [0, 0, 0.5, 1] };
const good = { version: 1, boxes: [dog, { id: 'b', phrase: 'sheep', box: [0.4, 0, 1, 1] }] };
const first = (change: object): object => ({ ...good, boxes: [{ ...dog, ...change }] });
const parse = (value: unknown): ReturnType<typeof parseLayout> =>
  parseLayout(JSON.stringify(value), 'l.json');

describe('a bad layout file', () => {
  const allowedBox = 'must be a list of 4 entries, each a number from 0 to 1';
  it.each([
    [[], 'l.json: must be an object { "version": 1, "boxes": [...] }'],
    [{ boxes: [] }, 'l.json: version is missing; this program reads layout version 1'],
    [{ ...good, version: 2 }, 'l.json: version 2 is unknown; this program reads layout version 1'],
    [{ version: 1 }, 'l.json: boxes must be a list of at most 30 entries'],
    [
      { ...good, boxes: [] },
      'l.json: boxes must hold a box, unless the caption counts things: "two horses and a dog"',
    ],
    [
      { ...good, boxes: Array.from({ length: 31 }, (_, i) => ({ ...dog, id: String(i) })) },
      'l.json: boxes must be a list of at most 30 entries',
    ],
    [first({ box: [0, 0, 1] }), `l.json: boxes[0].box ${allowedBox}`],
    [first({ box: undefined }), `l.json: boxes[0].box ${allowedBox}`],
    [first({ box: [0, 0, 1, 1.5] }), 'l.json: boxes[0].box[3] must be a number from 0 to 1'],
    [first({ box: ['0', 0, 1, 1] }), 'l.json: boxes[0].box[0] must be a number from 0 to 1'],
    [
      first({ box: [0.5, 0, 0.5, 1] }),
      'l.json: boxes[0].box must be [x0, y0, x1, y1] with x0 < x1 and y0 < y1',
    ],
    [first({ phrase: ' ' }), 'l.json: boxes[0].phrase must be text of 1 to 200 characters'],
    [first({ colour: 1 }), 'l.json: boxes[0] has an unknown field "colour"; allowed are id, phrase or box'],
    [{ ...good, width: 100 }, 'l.json: width must be a multiple of 8 from 16 to 2048'],
    [{ ...good, boxes: [dog, dog] }, 'l.json: boxes[1].id "a" is used twice; ids must differ'],
    [{ ...good, bind: [['a', 'z']] }, 'l.json: bind[0] "z" is not the id of a box'],
    [{ ...good, bind: [['a']] }, 'l.json: bind[0] must be a list of 2 entries, each text'],
  ])('%# %j', (value, message) => {
    expect(() => parse(value)).toThrow(new UserError(message));
  });

  it('is told apart from no JSON, no file and a folder', async () => {
    expect(() => parseLayout('{"version": 1,', 'l.json')).toThrow(/^l\.json: is not JSON: /);
    await expect(readLayout('/nowhere/l.json')).rejects.toThrow('/nowhere/l.json: there is no such file');
    await expect(readLayout('/')).rejects.toThrow('/: is not a file');
  });
});

describe('--seed', () => {
  const seedOf = (text: string): unknown =>
    withGenerationFlags(new Command()).exitOverride().parse(['--seed', text], { from: 'user' }).opts()[
      'seed'
    ];

  it('is any whole number, and -1 a random one', () => {
    expect(seedOf('7')).toBe(7);
    expect(seedOf('18446744073709551615')).toBe(4294967295);
    expect(seedOf('-5')).toBe(4294967291);
    expect(new Set(Array.from({ length: 5 }, () => seedOf('-1'))).size).toBeGreaterThan(1);
  });
});

describe('a file as --model', () => {
  it('is told how to be added', () => {
    const file = fileURLToPath(new URL('../fixtures/weights/checkpoint/sd1.safetensors', import.meta.url));
    expect(() => findModel(file)).toThrow(
      `model "${file}": is a file; add it to the library with "models add`,
    );
  });
});

describe('the encoding of a layout file', () => {
  const fixture = (name: string): string =>
    fileURLToPath(new URL(`../fixtures/layouts/${name}`, import.meta.url));

  it('may be UTF-16, as PowerShell writes it', async () => {
    const { layout } = await readLayout(fixture('utf16.json'));
    expect(layout.boxes[0]?.phrase).toBe('red dog');
  });

  it('must not be another one: no letter changes in silence', async () => {
    await expect(readLayout(fixture('latin1.json'))).rejects.toThrow(
      /latin1\.json: is not UTF-8 text \(line \d+\); save it in the encoding UTF-8/,
    );
  });
});

describe('a COCO file as a layout', () => {
  const annotation = { image_id: 1, category_id: 1, bbox: [64, 48, 320, 240] };
  const coco = {
    images: [{ id: 1, width: 640, height: 480, file_name: 'a.jpg' }],
    categories: [{ id: 1, name: 'dog' }],
    annotations: [annotation, { ...annotation, iscrowd: 1 }],
  };
  const written = async (value: object): Promise<string> => {
    const file = join(await mkdtemp(join(tmpdir(), 'isac-coco-')), 'c.json');
    await writeFile(file, JSON.stringify(value));
    return file;
  };

  it('of one image has its ratio, and what was left out is noted', async () => {
    const file = await written(coco);
    expect(await readLayout(file)).toEqual({
      layout: { version: 1, boxes: [{ id: 'box-1', phrase: 'dog', box: [0.1, 0.1, 0.6, 0.6] }], bind: [] },
      ratio: 4 / 3,
      notes: [`${file}: left out of a.jpg: crowd regions (1)`],
    });
  });

  it('of several wants --image, a name or an id', async () => {
    const file = await written({ ...coco, images: [...coco.images, { id: 2, width: 9, height: 9 }] });
    await expect(readLayout(file)).rejects.toThrow(
      `${file} describes 2 images; choose one with --image: a.jpg (1 box), 2 (0 boxes)`,
    );
    for (const image of ['1', 'a.jpg']) expect((await readLayout(file, image)).layout.boxes).toHaveLength(1);
    await expect(readLayout(file, 'z.jpg')).rejects.toThrow(`${file} has no image "z.jpg"`);
  });

  it('of more boxes than a run takes is refused, and --image for another file', async () => {
    const many = await written({ ...coco, annotations: Array.from({ length: 31 }, () => annotation) });
    await expect(readLayout(many)).rejects.toThrow(/the image a\.jpg has 31 boxes; a run takes at most 30/);
    const layout = await written(good);
    await expect(readLayout(layout, 'a')).rejects.toThrow('is not a COCO annotation file');
  });
});

describe('a layout as a request', () => {
  const native = { width: 128, height: 128 };

  it('gets its size from the model, its caption from the boxes and a random seed', () => {
    const request = requestFromLayout(parse(good), {}, 'm', native);
    expect(request).toMatchObject({
      width: 128,
      height: 128,
      caption: 'a brown dog and a sheep',
      negative: '',
      bind: [],
    });
    expect(request).toMatchObject({ model: 'm', device: 'auto', isac: { method: 'lo' } });
    const seeds = new Set(
      Array.from({ length: 5 }, () => requestFromLayout(parse(good), {}, 'm', native).seed),
    );
    expect(seeds.size).toBeGreaterThan(1);
  });

  it('keeps what the file says and what the flags say', () => {
    const layout = parse({
      ...good,
      width: 256,
      height: 64,
      caption: 'pets',
      negative: 'rain',
      bind: [['a', 'b']],
    });
    const flags = { method: 'ls', seed: 7, steps: 3, guidance: 2.5, candidates: 4, device: 'cpu' };
    expect(requestFromLayout(layout, flags, 'm', native)).toMatchObject({
      ...{ width: 256, height: 64, caption: 'pets', negative: 'rain', bind: [['a', 'b']] },
      ...{ seed: 7, steps: 3, guidanceScale: 2.5, device: 'cpu', isac: { method: 'ls', candidates: 4 } },
    });
  });

  it.each([
    [{ steps: 0 }, '--steps must be a whole number from 1 to 1000'],
    [{ steps: 2.5 }, '--steps must be a whole number from 1 to 1000'],
    [{ guidance: 99 }, '--guidance must be a number from 0 to 50'],
    [{ candidates: 1 }, '--candidates must be a whole number from 2 to 64'],
    [{ attentionSlices: 0 }, '--attention-slices must be a whole number from 1 to 64'],
    [{ precision: 'float8' }, '--precision must be "float32" or "float16"'],
    [{ method: 'best' }, '--method must be "none", "lo" or "ls"'],
  ])('names the flag that does not fit: %j', (flags, message) => {
    expect(() => requestFromLayout(parse(good), flags, 'm', native)).toThrow(new UserError(message));
  });
});

describe('the examples', () => {
  const folder = fileURLToPath(new URL('../../assets/examples/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it('are six or more, with overlapping boxes and a bound pair among them', () => {
    expect(names.length).toBeGreaterThanOrEqual(6);
    const layouts = names.map((name) => parseLayout(readFileSync(join(folder, name), 'utf8'), name));
    expect(layouts.some(({ bind }) => bind.length > 0)).toBe(true);
    const overlaps = layouts.filter(({ boxes }) =>
      boxes.some(({ box: a }, i) =>
        boxes.slice(i + 1).some(({ box: b }) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]),
      ),
    );
    expect(overlaps.length).toBeGreaterThanOrEqual(4);
  });
});

describe('mask file names', () => {
  it('keep letters of any script and nothing that a file system could object to', () => {
    expect(maskName(0, 'brown dog', 9)).toBe('1-brown-dog.png');
    expect(maskName(1, '../../etc/passwd', 9)).toBe('2-etc-passwd.png');
    expect(maskName(2, 'Größe: <x>?', 9)).toBe('3-größe-x.png');
    expect(maskName(3, '🐶', 9)).toBe('4-box.png');
    const names = Array.from({ length: 12 }, (_, k) => maskName(k, k % 2 === 0 ? 'dog' : 'ant', 12));
    expect(names.slice(8, 11)).toEqual(['09-dog.png', '10-ant.png', '11-dog.png']);
    expect([...names].sort()).toEqual(names);
    expect(maskName(4, 'x'.repeat(200), 9)).toBe(`5-${'x'.repeat(40)}.png`);
  });
});

describe('a layout without boxes', () => {
  const native = { width: 128, height: 128 };
  const requestOf = (caption: string): ReturnType<typeof requestFromLayout> =>
    requestFromLayout(parse({ version: 1, caption, boxes: [] }), {}, 'm', native);

  it('has what its caption counts', () => {
    expect(requestOf('a photo of two brown horses and a dog on a hill')).toMatchObject({
      boxes: [],
      instances: [
        { phrase: 'brown horse', count: 2 },
        { phrase: 'dog', count: 1 },
      ],
      isac: { method: 'lo', strength: 0.01 },
    });
    expect(requestFromLayout(parse(good), {}, 'm', native).isac.strength).toBe(0.01);
  });

  it('is refused when that is nothing, or more than an image holds', () => {
    expect(() => requestOf('beautiful landscape')).toThrow(
      'The caption "beautiful landscape" counts nothing: write what is to be in the image with its number, such as ' +
        '"two horses and a dog", or give it boxes.',
    );
    expect(() => requestOf('20 dogs and 11 cats')).toThrow(
      new UserError('instances count 31 things, but an image holds at most 30'),
    );
  });
});

describe('LoRA flags', () => {
  const native = { width: 128, height: 128 };
  const flagsOf = (...args: string[]): GenerationFlags => {
    const command = withGenerationFlags(new Command()).exitOverride();
    return command.parse(args, { from: 'user' }).opts<GenerationFlags>();
  };
  const lorasOf = (...args: string[]): unknown =>
    requestFromLayout(parse(good), flagsOf(...args), 'm', native).loras;

  it('stand beside those of the device', () => {
    const flags = flagsOf('--attention-slices', '4', '--vae-tile', '32', '--precision', 'float16');
    expect(requestFromLayout(parse(good), flags, 'm', native)).toMatchObject({
      attentionSlices: 4,
      vaeTile: 32,
      precision: 'float16',
    });
    expect(requestFromLayout(parse(good), flagsOf(), 'm', native)).not.toHaveProperty('attentionSlices');
  });

  it('say which attention ISAC looks at', () => {
    const isacOf = (...args: string[]): object =>
      requestFromLayout(parse(good), flagsOf(...args), 'm', native).isac;
    expect(isacOf('--probes', 'early')).toMatchObject({ earlyEnd: true, maxProbeSide: null });
    expect(isacOf('--probes', '32')).toMatchObject({ earlyEnd: false, maxProbeSide: 32 });
    expect(isacOf('--probes', 'all')).toEqual(isacOf());
    expect(() => isacOf('--probes', '0')).toThrow('--probes must be a whole number from 1 to 128');
    expect(() => flagsOf('--probes', 'some')).toThrow(/It must be all, early or a number/);
  });

  it('names files with or without a weight, in order; a drive is no weight', () => {
    expect(lorasOf()).toEqual([]);
    expect(
      lorasOf('--lora', 'a.safetensors', '--lora', '/b/c:d.safetensors:-0.5', '--lora', 'e.safetensors:.25'),
    ).toEqual([
      { file: resolve('a.safetensors'), weight: 1 },
      { file: resolve('/b/c:d.safetensors'), weight: -0.5 },
      { file: resolve('e.safetensors'), weight: 0.25 },
    ]);
  });

  it('says which one has a weight out of range, and how many there may be', () => {
    expect(() => lorasOf('--lora', 'a:1', '--lora', 'b:3')).toThrow(
      new UserError('--lora number 2, its weight, must be a number from -2 to 2'),
    );
    const many = Array.from({ length: 9 }, () => ['--lora', 'a']).flat();
    expect(() => lorasOf(...many)).toThrow(/^--lora must be a list of/);
  });
});
