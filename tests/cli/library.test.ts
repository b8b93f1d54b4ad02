import { execFile, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RememberedProbes } from '../../main/host/rememberedProbes.ts';
import { ImitationHub, sha256 } from '../library/imitationHub.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const layout = join(root, 'assets', 'examples', 'brown-dog-and-sheep.json');

let home: string;
beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'cli-library-')));
});
afterAll(() => rmSync(home, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const cli = (...args: readonly string[]): Promise<Ended> => started(args).ended;

function started(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const env = { ...process.env, ISAC_STUDIO_HOME: home, ISAC_STUDIO_DEVICES: 'cpu' };
  const command = ['--import', 'tsx', join(root, 'main', 'cli', 'index.ts'), ...args];
  let end: (ended: Ended) => void;
  const ended = new Promise<Ended>((resolve) => (end = resolve));
  const child = execFile(process.execPath, command, { env, maxBuffer: 2 ** 26 }, (error, out, err) =>
    end({ code: error === null ? 0 : Number(error.code), out, err }),
  );
  return { child, ended };
}

const events = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a model of the library on the command line', { timeout: 300_000 }, () => {
  it('is run by its id, adapter and all, and the second run is told what it will cost', async () => {
    const folder = fixture('weights/checkpoint/plain');
    const adapter = fixture('weights/checkpoint/adapter.safetensors');
    const added = await cli('models', 'add', folder, '--adapter', adapter, '--name', 'joined', '--json');
    expect(added.err).toBe('');
    const generate = [
      'generate',
      layout,
      '--model',
      'joined',
      '--steps',
      '2',
      '--seed',
      '1',
      '--json',
      '--vae-tile',
      '16',
    ];
    const first = await cli(...generate, '--out', join(home, 'first'));
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    expect(events(first.out)[0]).toEqual({ type: 'start', steps: 2, expected: null });
    const done = events(first.out).at(-1) as {
      result: {
        model: { id: string };
        measured: { seconds: number; cold: boolean; peakBytes: number | null };
      };
    };
    expect(done.result.model.id).toBe('joined');
    expect(done.result.measured.cold).toBe(true);
    expect(done.result.measured.seconds).toBeGreaterThan(0);
    const second = await cli(...generate, '--out', join(home, 'second'));
    expect(events(second.out)[0]).toMatchObject({
      type: 'start',
      expected: { runs: 1, seconds: done.result.measured.seconds, device: 'cpu', scaled: false },
    });

    const doctor = JSON.parse((await cli('doctor', '--json')).out) as {
      models: { id: string; problem: string }[];
      runs: object[];
    };
    expect(doctor.models.at(-1)).toMatchObject({ id: 'joined', problem: '' });
    expect(doctor.runs).toEqual([
      expect.objectContaining({ model: 'joined', method: 'lo', device: 'cpu', count: 2 }),
    ]);
  });
});

describe('models get, list, verify and remove', { timeout: 300_000 }, () => {
  const unet = 'unet/diffusion_pytorch_model.safetensors';
  const folder = fixture('pipeline/epsilon');
  let hub: ImitationHub;
  let endpoint: string;
  beforeAll(async () => {
    const names = (readdirSync(folder, { recursive: true }) as string[]).filter(
      (name) => statSync(join(folder, name)).isFile() && !/expected|case/.test(name),
    );
    hub = new ImitationHub(
      Object.fromEntries(names.map((name) => [name.replaceAll('\\', '/'), readFileSync(join(folder, name))])),
    );
    endpoint = await hub.start();
  });
  afterAll(() => hub.stop());

  it('a download that was interrupted goes on where it stopped, and ends as a model', async () => {
    const get = ['models', 'get', 'some/model', '--endpoint', endpoint];
    // Nobody to ask, and not told to go ahead: nothing is fetched.
    const asked = await cli(...get);
    expect(asked.code).toBe(2);
    expect(asked.err).toContain('add --yes');
    expect(asked.err).toContain('licence: creativeml-openrail-m');

    const place = join(home, 'models', 'some--model');
    const part = join(place, `${unet}.part`);
    hub.troubles.set(unet, { breakAfter: { bytes: 20_000, times: 1_000 } });
    const { child, ended } = started([...get, '--yes']);
    await expect.poll(() => existsSync(part) && statSync(part).size, { timeout: 120_000 }).toBeGreaterThan(0);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(existsSync(join(place, unet))).toBe(false);
    const kept = statSync(part).size;
    expect(kept).toBeGreaterThan(0);

    hub.troubles.clear();
    hub.requests.length = 0;
    const got = await cli(...get, '--yes', '--json');
    expect({ code: got.code, id: (JSON.parse(got.out) as { id: string }).id }).toEqual({
      code: 0,
      id: 'some-model',
    });
    const [range] = hub.requests.filter(({ path }) => path.endsWith(unet)).map((request) => request.range);
    expect(range).toBe(`bytes=${kept}-`);
    const listed = sha256(hub.files.get(unet) ?? Buffer.alloc(0));
    expect(sha256(readFileSync(join(place, unet)))).toBe(listed);

    expect((await cli('models', 'list')).out).toContain('some-model');
    const verified = JSON.parse((await cli('models', 'verify', 'some-model', '--json')).out) as {
      hashes: Record<string, string>;
    };
    expect(verified.hashes[join(place, unet)]).toBe(listed);
    expect((await cli('models', 'remove', 'some-model', '--delete-files')).out).toContain('is deleted');
    expect(existsSync(place)).toBe(false);
    expect((await cli('models', 'verify', 'some-model')).err).toContain('There is no model "some-model"');
  });
});

describe('doctor', { timeout: 300_000 }, () => {
  it('a remembered device that has vanished is probed anew, told and no longer remembered', async () => {
    // Neither is ever there on the other's system.
    const gone = process.platform === 'darwin' ? 'dml' : 'coreml';
    const data = join(home, 'library');
    mkdirSync(data, { recursive: true });
    const remembered = new RememberedProbes(join(data, 'devices.json'));
    await remembered.remember([{ provider: gone, works: true, reason: '', float16: true }]);
    expect(remembered.read().get(gone)?.works).toBe(true);
    const { out, code } = await cli('doctor');
    expect(code).toBe(0);
    expect(out).toContain(`  ${gone.padEnd(7)} no: ${gone} is not part of onnxruntime-node on`);
    expect(remembered.read().get(gone)).toMatchObject({ works: false, float16: false });
    expect(remembered.read().get('cpu')).toMatchObject({ works: true, float16: false });
  });
});
