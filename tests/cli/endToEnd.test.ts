import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { programVersions } from '../../main/host/appRoot.ts';
import { bundledModels } from '../../main/host/models.ts';
import { decodePng } from '../../main/host/png.ts';
import { readEmbeddedRequest } from '../../main/projects/embeddedRequest.ts';
import { readEmbeddedSource } from '../../main/projects/embeddedSource.ts';
import { decodeRle } from '../../main/engine/masks/rle.ts';
import { resultSchema } from '../../preload/contract/result.ts';

// The real engine in its real process, on a GLIGEN of random weights that is a few kilobytes small.
// Through the sources: a build that lies about may be older than they are.
const index = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url));
const bin = fileURLToPath(new URL('../../bin/isac-studio.mjs', import.meta.url));
const model = fileURLToPath(new URL('../fixtures/pipeline/epsilon', import.meta.url));
const layout = {
  version: 1,
  boxes: [
    { id: 'a', phrase: 'brown dog', box: [0.05, 0.2, 0.6, 0.9] },
    { id: 'b', phrase: 'sheep', box: [0.4, 0.2, 0.95, 0.9] },
  ],
};

let home: string;
let file: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'isac-cli-'));
  file = join(home, 'layout.json');
  await writeFile(file, JSON.stringify(layout));
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function cli(
  args: readonly string[],
  onOutput: (out: string, stop: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  return start(['--import', 'tsx', index, ...args], onOutput);
}

function start(
  args: readonly string[],
  onOutput: (out: string, stop: (signal: NodeJS.Signals) => void) => void = () => undefined,
  cwd = process.cwd(),
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended: Ended = { code: null, out: '', err: '' };
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.err += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ended.out += text;
      onOutput(ended.out, (signal) => child.kill(signal));
    });
    child.on('close', (code) => resolve({ ...ended, code }));
  });
}

/** The command in a shell with its output sent elsewhere; the exit code is the command's own, 99 would be the shell's. */
function piped(args: readonly string[], where: string): Promise<Ended> {
  const script = `{ "$0" "$@"; echo $? > '${home}/code'; } ${where}`;
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', script, process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended: Ended = { code: 99, out: '', err: '' };
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.err += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.out += text));
    child.on('close', () => {
      void readFile(join(home, 'code'), 'utf8').then((code) => resolve({ ...ended, code: Number(code) }));
    });
  });
}

const generate = (out: string, ...more: string[]): string[] => [
  'generate',
  file,
  '--out',
  out,
  '--model',
  model,
  ...more,
];
const leftOvers = async (): Promise<string[]> => (await readdir(home)).filter((name) => name.startsWith('.'));

describe('generate', { timeout: 180_000 }, () => {
  it('writes an image, masks, an overlay and result.json, and tells events', async () => {
    const out = join(home, 'result');
    const { code, out: text, err } = await cli(generate(out, '--seed', '5', '--steps', '2', '--json'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual([1, 2]);
    expect(events.filter(({ type }) => type === 'preview').length).toBeGreaterThan(0);
    const stages = events.flatMap(({ type, stage }) => (type === 'progress' ? [stage] : []));
    expect([...new Set(stages)]).toEqual(['loading', 'encoding', 'sampling', 'decoding', 'masking']);
    expect(events.at(-1)).toMatchObject({ type: 'done', folder: out });

    expect((await readdir(out)).sort()).toEqual(['image.png', 'masks', 'overlay.png', 'result.json']);
    expect((await readdir(join(out, 'masks'))).sort()).toEqual(['1-brown-dog.png', '2-sheep.png']);
    const result = resultSchema.parse(JSON.parse(await readFile(join(out, 'result.json'), 'utf8')));
    const { width, height, seed, caption } = result.request;
    expect({ seed, caption }).toEqual({ seed: 5, caption: 'a brown dog and a sheep' });
    expect(result.losses).toHaveLength(2);
    expect(result.model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(result.seconds)).toEqual(['loading', 'encoding', 'sampling', 'decoding', 'masking']);

    const image = await readFile(join(out, 'image.png'));
    expect(decodePng(image)).toMatchObject({ width, height, channels: 3 });
    expect(readEmbeddedRequest(image, 'image.png')).toMatchObject({ request: result.request });
    for (const [k, name] of ['1-brown-dog.png', '2-sheep.png'].entries()) {
      const mask = decodePng(await readFile(join(out, 'masks', name)));
      expect(mask).toMatchObject({ width, height, channels: 1 });
      const rle = result.boxes[k]?.rle ?? { size: [0, 0], counts: '' };
      expect(mask.data).toEqual(decodeRle(rle).map((value) => 255 * value));
    }
    expect(await leftOvers()).toEqual([]);
  });

  it('repaints one box of an earlier result and keeps the rest', async () => {
    const [first, out] = [join(home, 'first'), join(home, 'repainted')];
    expect((await cli(generate(first, '--seed', '5', '--steps', '2', '--json'))).code).toBe(0);
    const source = join(first, 'image.png');
    const flags = ['--source', source, '--repaint', 'b', '--seed', '6', '--steps', '2', '--json'];
    const { code, err } = await cli(generate(out, ...flags));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const result = resultSchema.parse(JSON.parse(await readFile(join(out, 'result.json'), 'utf8')));
    expect(result.request.source).toMatchObject({ denoise: 1, repaint: { boxes: ['b'] } });
    const repainted = decodeRle(result.repainted ?? { size: [0, 0], counts: '' });
    const before = decodePng(await readFile(source)).data;
    const image = await readFile(join(out, 'image.png'));
    const after = decodePng(image).data;
    expect(after.every((value, i) => value === before[i] || repainted[Math.floor(i / 3)] === 1)).toBe(true);
    expect(after).not.toEqual(before);
    const kept = await readFile(join(out, 'source.png'));
    expect(decodePng(kept).data).toEqual(before);
    expect(readEmbeddedSource(image, result.request.source?.image ?? '')).toEqual(kept);
  });

  it('uses the embedded model at its own size when none is named', async () => {
    const out = join(home, 'embedded');
    const {
      code,
      out: text,
      err,
    } = await cli(['generate', file, '--out', out, '--steps', '2', '--seed', '3', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const result = resultSchema.parse(JSON.parse(await readFile(join(out, 'result.json'), 'utf8')));
    const [embedded] = bundledModels();
    expect(result.model.id).toBe(embedded?.id);
    const { width, height } = result.request;
    expect(decodePng(await readFile(join(out, 'image.png')))).toMatchObject({ width, height, channels: 3 });
    expect(width).toBeGreaterThanOrEqual(128);
    expect(text).toContain('"preview"');
  });

  const signals =
    process.platform === 'win32' ? (['SIGINT'] as const) : (['SIGINT', 'SIGTERM', 'SIGHUP'] as const);
  it.each(signals)('stops between two model runs on %s, with nothing left behind', async (signal) => {
    const out = join(home, 'stopped');
    let stopped = false;
    const { code, err } = await cli(generate(out, '--steps', '500', '--json'), (text, stop) => {
      if (!stopped && text.includes('"step"')) {
        stopped = true;
        stop(signal);
      }
    });
    expect({ stopped, code, err }).toEqual({ stopped: true, code: 130, err: '' });
    expect(await readdir(home)).not.toContain('stopped');
    expect(await leftOvers()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('finishes when nobody reads its output any more', async () => {
    const out = join(home, 'unread');
    const args = ['--import', 'tsx', index, ...generate(out, '--seed', '5', '--steps', '3', '--json')];
    const { code, out: first, err } = await piped(args, '| head -n 1');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(first)).toMatchObject({ type: 'start' });
    expect(await readdir(out)).toContain('result.json');
    expect(await leftOvers()).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('says in one line that its output cannot be written', async () => {
    const out = join(home, 'full');
    const args = ['--import', 'tsx', index, ...generate(out, '--seed', '5', '--steps', '2', '--json')];
    expect(await piped(args, '> /dev/full')).toEqual({
      code: 1,
      out: '',
      err: 'isac-studio: standard output cannot be written: ENOSPC: no space left on device, write\n',
    });
    expect(await readdir(out)).toContain('result.json');
    expect(await piped(['--import', 'tsx', index, 'models', 'list'], '> /dev/full')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^isac-studio: standard output cannot be written: .*\n$/) as string,
    });
  });

  it('exits 2 with one line for what the user got wrong', async () => {
    const bad = join(home, 'bad.json');
    await writeFile(bad, JSON.stringify({ ...layout, boxes: [{ ...layout.boxes[0], box: [0, 0, 2, 1] }] }));
    expect(await cli(['generate', bad, '--out', join(home, 'no'), '--model', model])).toEqual({
      code: 2,
      out: '',
      err: `isac-studio: ${bad}: boxes[0].box[2] must be a number from 0 to 1\n`,
    });
    expect(await cli(generate(join(home, 'no'), '--steps', 'many'))).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^isac-studio: option '--steps <n>' argument 'many' is invalid.*number\.\n$/,
      ) as string,
    });
    const wide = join(home, 'wide.json');
    await writeFile(wide, JSON.stringify({ ...layout, version: 9 }));
    expect(await cli(['generate', wide, '--out', join(home, 'no'), '--model', model])).toMatchObject({
      code: 2,
      err: `isac-studio: ${wide}: version 9 is unknown; this program reads layout version 1\n`,
    });
    expect(await readdir(home)).not.toContain('no');
  });

  it('exits 1 with the cause when the machine cannot', async () => {
    const device = process.platform === 'win32' ? 'coreml' : 'dml';
    const { code, err } = await cli(generate(join(home, 'no'), '--device', device, '--json'));
    expect({ code, err }).toEqual({
      code: 1,
      err: `isac-studio: ${device} is not part of onnxruntime-node on ${process.platform}-${process.arch}.\n`,
    });
    expect(await readdir(home)).not.toContain('no');
  });
});

describe('demo', { timeout: 180_000 }, () => {
  it('renders every layout with and without ISAC and ends with a table', async () => {
    const examples = await mkdtemp(join(home, 'examples-'));
    await writeFile(join(examples, 'pets.json'), JSON.stringify(layout));
    const out = join(home, 'demo');
    const { code, out: text } = await cli([
      'demo',
      '--examples',
      examples,
      '--out',
      out,
      '--model',
      model,
      '--steps',
      '2',
    ]);
    expect(code).toBe(0);
    expect(text).toMatch(/pets/);
    expect(text).toMatch(/L_ins first → last/);
    const files = ['baseline.png', 'image.png', 'masks', 'overlay.png', 'result.json'];
    expect((await readdir(join(out, 'pets'))).sort()).toEqual(files);
    const request = async (name: string): Promise<unknown> =>
      readEmbeddedRequest(await readFile(join(out, 'pets', name)), name).request;
    expect(await request('baseline.png')).toMatchObject({ seed: 1, isac: { method: 'none' } });
    expect(await request('image.png')).toMatchObject({ seed: 1, isac: { method: 'lo' } });
  });
});

describe('doctor', { timeout: 180_000 }, () => {
  it('starts every provider and knows that the CPU works', async () => {
    const { code, out } = await cli(['doctor', '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(out) as { providers: { provider: string; works: boolean; reason: string }[] };
    expect(report.providers.find(({ provider }) => provider === 'cpu')).toMatchObject({ works: true });
    expect(report.providers).toHaveLength(5);
    for (const { works, reason } of report.providers) expect(reason === '').toBe(works);
  });
});

describe('the bin', { timeout: 180_000 }, () => {
  it('starts the command line, from any folder', async () => {
    expect(await start([bin, '--version'])).toEqual({
      code: 0,
      out: `${programVersions()['isac-studio']}\n`,
      err: '',
    });
    const out = join(home, 'elsewhere');
    const { code, err } = await start(
      [bin, ...generate(out, '--steps', '1', '--method', 'none', '--json')],
      undefined,
      home,
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await readdir(out)).toContain('result.json');
    expect(await start([bin, 'paint'])).toEqual({
      code: 2,
      out: '',
      err: "isac-studio: unknown command 'paint'\n",
    });
  });
});
