import { cpSync, createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { deflateSync } from 'node:zlib';
import yazl from 'yazl';
import { newDocument } from '../../preload/contract/newDocument.ts';
import { newProjectFile } from '../../main/projects/projectFile.ts';
import { makeChunk, PNG_SIGNATURE } from '../../main/projects/pngChunks.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const projectJson = JSON.stringify(
  newProjectFile(newDocument({ model: 'm', width: 64, height: 64 }), 'test'),
);
const [LIST, MEGA] = ['[],', 1e6];

/** A file made to do harm. */
export interface HostileFile {
  readonly name: string;
  /** How it reaches the studio (children/hostileStudio.ts). */
  readonly way: 'drop' | 'picture' | 'backdrop' | 'archive' | 'project' | 'lora' | 'model' | 'adapter';
  /** Writes it below a folder; returns its path. */
  readonly make: (folder: string) => string | Promise<string>;
  /** What the studio has to say of it; null where it may take it. */
  readonly says: RegExp | null;
}

const text = (folder: string, name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** A safetensors file with this header. */
function safetensors(header: string | Buffer): Buffer {
  const bytes = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

async function zip(folder: string, entries: Iterable<readonly [string, Buffer]>): Promise<string> {
  const path = join(folder, 'hostile.isac.zip');
  const archive = new yazl.ZipFile();
  for (const [name, data] of entries) archive.addBuffer(data, name, { compress: data.length > 1000 });
  archive.end();
  await pipeline(archive.outputStream, createWriteStream(path));
  return path;
}

function png(width: number, height: number, depth: number, colour: number, pixels: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour], 8);
  const chunks = [makeChunk('IHDR', header), makeChunk('IDAT', pixels), makeChunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([PNG_SIGNATURE, ...chunks]);
}

/** A model folder that is sound but for one file. */
function model(folder: string, path: string, change: (content: string) => string): string {
  cpSync(join(fixtures, 'pipeline', 'epsilon'), join(folder, 'model'), { recursive: true });
  const file = join(folder, 'model', path);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return join(folder, 'model');
}

const configWith =
  (key: string, value: string): ((content: string) => string) =>
  (content) =>
    content.replace(/^\s*\{/, `{"${key}":${value},`).replace(new RegExp(`,\\s*"${key}":[^,}]*`), '');

function project(folder: string, change: (json: string) => string): string {
  const path = join(folder, 'Hostile.isac');
  mkdirSync(path);
  writeFileSync(join(path, 'project.json'), change(projectJson));
  return path;
}

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** The named cases of issue 14, B, and files like them for every reader. */
export const hostileFiles: readonly HostileFile[] = [
  {
    name: 'an archive whose result.json unpacks to 252 MB of empty lists',
    way: 'archive',
    make: (folder) =>
      zip(folder, [
        ['P.isac/project.json', Buffer.from(projectJson)],
        [
          'P.isac/results/20260101-000000-000-abcdef/result.json',
          Buffer.from(`[${LIST.repeat(84 * MEGA)}[]]`),
        ],
      ]),
    says: /hostile\.isac\.zip was not imported: (it would unpack|its results\/.*result\.json unpacks) to/,
  },
  {
    name: 'an archive whose result.json of 30 MB is empty lists',
    way: 'archive',
    make: (folder) =>
      zip(folder, [
        ['P.isac/project.json', Buffer.from(projectJson)],
        [
          'P.isac/results/20260101-000000-000-abcdef/result.json',
          Buffer.from(`[${LIST.repeat(10 * MEGA)}[]]`),
        ],
      ]),
    says: /result\.json holds more than \d+ values/,
  },
  {
    name: 'an archive of 60,000 entries',
    way: 'archive',
    make: (folder) =>
      zip(
        folder,
        (function* () {
          yield ['P.isac/project.json', Buffer.from(projectJson)] as const;
          for (let n = 0; n < 60_000; n += 1) yield [`P.isac/other/${n}.txt`, Buffer.alloc(0)] as const;
        })(),
      ),
    says: null,
  },
  {
    name: 'a safetensors header of 100 MB of empty lists',
    way: 'lora',
    make: (folder) => text(folder, 'lists.safetensors', safetensors(`{"a":[${LIST.repeat(33_330_000)}[]]}`)),
    says: /claims a header of 99990009 bytes \(at most \d+ are read\)/,
  },
  {
    name: 'a safetensors header of 98 MB of nested lists',
    way: 'adapter',
    make: (folder) => text(folder, 'nested.safetensors', safetensors(`{"a":${deep(49 * MEGA)}}`)),
    says: /claims a header of 98000006 bytes/,
  },
  {
    name: 'a safetensors header of 16 MB of empty lists',
    way: 'lora',
    make: (folder) => text(folder, 'lists.safetensors', safetensors(`{"a":[${LIST.repeat(5 * MEGA)}[]]}`)),
    says: /its header holds more than \d+ values/,
  },
  {
    name: 'a safetensors header of a million tensors',
    way: 'lora',
    make: (folder) =>
      text(
        folder,
        'many.safetensors',
        safetensors(
          `{${Array.from({ length: MEGA }, (_, n) => `"${n.toString(36)}":0`).join(',')}}`, // prettier-ignore
        ),
      ),
    says: /its header (holds more than|names) \d+ (values|tensors)/,
  },
  {
    name: 'a safetensors header whose type is nested 6,000 deep',
    way: 'lora',
    make: (folder) =>
      text(
        folder,
        'deep.safetensors',
        safetensors(`{"a":{"dtype":${deep(6000)},"shape":[1],"data_offsets":[0,4]}}`),
      ),
    says: /deep\.safetensors: its header has lists or objects more than \d+ deep/,
  },
  {
    name: 'num_hidden_layers of a million',
    way: 'model',
    make: (folder) => model(folder, 'text_encoder/config.json', configWith('num_hidden_layers', '1000000')),
    says: /"num_hidden_layers" cannot be used: .*128/,
  },
  {
    name: 'layers_per_block of a million',
    way: 'model',
    make: (folder) => model(folder, 'unet/config.json', configWith('layers_per_block', '1000000')),
    says: /"layers_per_block" cannot be used/,
  },
  {
    name: 'act_fn of a UNet nested 6,000 deep',
    way: 'model',
    make: (folder) => model(folder, 'unet/config.json', configWith('act_fn', deep(6000))),
    says: /unet\/config\.json has lists or objects more than \d+ deep/,
  },
  {
    name: 'a vocab.json of 66 MB',
    way: 'model',
    make: (folder) =>
      model(folder, 'tokenizer/vocab.json', () => {
        const tokens = Array.from({ length: 4_400_000 }, (_, n) => `"${n.toString(36)}":${n}`);
        return `{${tokens.join(',')}}`;
      }),
    says: /vocab\.json: has \d+ bytes, too many for this file/,
  },
  {
    name: 'a project.json with a million boxes',
    way: 'project',
    make: (folder) =>
      project(folder, (json) => json.replace('"boxes":[]', `"boxes":[${'{},'.repeat(MEGA)}{}]`)),
    says: null,
  },
  {
    name: 'a project.json with 150,000 results that are not there',
    way: 'project',
    make: (folder) =>
      project(folder, (json) =>
        json.replace(
          '"results":[]',
          `"results":[${Array.from({ length: 150_000 }, (_, n) => `"r${n}"`).join(',')}]`,
        ),
      ),
    says: null,
  },
  {
    name: 'a PNG of 4096 x 4096 pixels in 16 bits, 130 kB',
    way: 'picture',
    make: (folder) =>
      text(folder, 'large.png', png(4096, 4096, 16, 6, deflateSync(Buffer.alloc(4096 * (4096 * 8 + 1))))),
    says: /large\.png cannot be read as a picture: its size is 4096 x 4096; at most \d+ pixels/,
  },
  {
    name: 'a PNG of 2048 x 2048 pixels in 16 bits',
    way: 'picture',
    make: (folder) =>
      text(folder, 'largest.png', png(2048, 2048, 16, 6, deflateSync(Buffer.alloc(2048 * (2048 * 8 + 1))))),
    says: null,
  },
  {
    name: 'a PNG of 90 MB in 7.5 million chunks',
    way: 'drop',
    make: (folder) => {
      const chunk = makeChunk('abCd', Buffer.alloc(0));
      const many = Buffer.alloc(chunk.length * 7_500_000);
      for (let at = 0; at < many.length; at += chunk.length) chunk.copy(many, at);
      return text(folder, 'chunks.png', Buffer.concat([PNG_SIGNATURE, many]));
    },
    says: null,
  },
  {
    name: 'a PNG of 100 MB that is no picture behind its header',
    way: 'picture',
    make: (folder) => text(folder, 'stuffed.png', png(64, 64, 8, 2, Buffer.alloc(100 * MEGA, 1))),
    says: /stuffed\.png cannot be read as a picture: its pixels cannot be unpacked/,
  },
  {
    name: 'a layout whose version is nested 6,000 deep',
    way: 'drop',
    make: (folder) => text(folder, 'deep.json', `{"version":${deep(6000)},"boxes":[]}`),
    says: /deep\.json has lists or objects more than \d+ deep/,
  },
  {
    name: 'a dropped JSON file of 100 MB',
    way: 'drop',
    make: (folder) => text(folder, 'annotations.json', `{"annotations":[${LIST.repeat(33 * MEGA)}[]]}`),
    says: /annotations\.json has \d+ bytes; at most \d+ can be read/,
  },
  {
    name: 'COCO annotations of 30 MB that are no annotations',
    way: 'drop',
    make: (folder) =>
      text(
        folder,
        'annotations.json',
        `{"images":[{"id":1,"width":9,"height":9}],"categories":[],"annotations":[${'{},'.repeat(1_900_000)}{}]}`,
      ),
    says: /annotations\.json/,
  },
  {
    name: 'a backdrop of 64 MB',
    way: 'backdrop',
    make: (folder) => text(folder, 'backdrop.jpg', Buffer.alloc(64 * MEGA, Buffer.from([0xff, 0xd8, 0xff]))),
    says: null,
  },
];
