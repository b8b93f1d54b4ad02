import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const layout = join(root, 'assets', 'examples', 'brown-dog-and-sheep.json');

let home: string;
beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'cli-library-')));
});
afterAll(() => rmSync(home, { recursive: true }));

function cli(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, ISAC_STUDIO_HOME: home, ISAC_STUDIO_DEVICES: 'cpu' };
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', join(root, 'main', 'cli', 'index.ts'), ...args];
    execFile(process.execPath, command, { env, maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
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
