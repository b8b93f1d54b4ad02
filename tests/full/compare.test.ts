import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../scripts/fullSize/compare.ts';
import { difference } from '../../scripts/fullSize/difference.ts';

/**
 * Every network at 512 x 512: beside diffusers where ISAC_STUDIO_PYTHON names a Python with torch 2.9.1, diffusers
 * 0.33.1 and transformers 4.49.0, two denoising steps with ISAC-LO, and the same weights in other files.
 */
const python = process.env['ISAC_STUDIO_PYTHON'];
const root = process.env['ISAC_STUDIO_FULL'] ?? '/var/tmp/isac-full';
const adapter = join(root, 'gligen_sd14_textbox_pruned_fp16.safetensors');
const networks = ['text encoder', 'position net', 'UNet', 'VAE decoder'];

/** Any step of ISAC-LO: 6 GB. */
const MOST_MIB = 6e9 / 2 ** 20;

if (python === undefined) {
  console.warn(
    '\nNOT COMPARED WITH DIFFUSERS: set ISAC_STUDIO_PYTHON to a Python with torch, diffusers and transformers' +
      ' (versions in scripts/fullSize/torch_side.py). The engine runs alone.\n',
  );
}

/** Where every run leaves its outputs; a folder that is named stays, so that parts of this file can be run one by one. */
const kept = process.env['ISAC_STUDIO_FULL_OUTPUTS'];
let work: string;
beforeAll(async () => {
  work = kept ?? (await mkdtemp(join(tmpdir(), 'isac-full-')));
});
afterAll(async () => {
  if (kept === undefined) await rm(work, { recursive: true, force: true });
});

/** One run of the script; its outputs stay in a folder of the work folder called `name`. */
function run(name: string, args: readonly string[]): Row[] {
  const script = join(import.meta.dirname, '../../scripts/fullSize/compare.ts');
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, ...args, '--keep', join(work, name), '--json'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  expect(status).toBe(0);
  return JSON.parse(stdout) as Row[];
}

describe.each(['fp32', 'fp16'])('%s weights', (precision) => {
  let rows: Row[];
  beforeAll(() => {
    const beside = python === undefined ? [] : ['--python', python];
    rows = run(precision, [join(root, precision), ...beside]);
    for (const { name, seconds, peakMiB, torch, difference: found } of rows) {
      console.log(
        [
          `${precision}, ${name}: ${seconds.toFixed(2)} s, ${peakMiB.toFixed(0)} MiB`,
          torch === null ? '' : `PyTorch ${torch.seconds.toFixed(2)} s, ${torch.peakMiB.toFixed(0)} MiB`,
          found === null ? '' : `${found.worst.toExponential(2)} of ${found.largest.toPrecision(3)}`,
        ].join(' | '),
      );
    }
  });

  it.skipIf(python === undefined)('agree with diffusers in every network', () => {
    for (const name of networks) {
      const found = rows.find((row) => row.name === name)?.difference;
      expect((found?.worst ?? NaN) / (found?.largest ?? NaN), name).toBeLessThan(1e-3);
    }
  });

  it('take at most 6 GB of anonymous memory for two steps with ISAC-LO', () => {
    expect(rows.map(({ name }) => name)).toContain('ISAC-LO, after step 2');
    expect(Math.max(...rows.map(({ peakMiB }) => peakMiB))).toBeLessThan(MOST_MIB);
  });

  it('stay as they are stored: a prediction holds no copy of the UNet', () => {
    // In float32 the UNet alone is 4,076 MiB.
    const [peak = NaN] = rows.flatMap(({ name, peakMiB }) => (name === 'UNet' ? [peakMiB] : []));
    expect(peak).toBeLessThan(1500);
  });
});

describe('the same weights in other files', () => {
  it.each([
    ["torch's zip", ['bin']],
    ['a folder and the adapter', ['plain', '--adapter', adapter]],
    ['a single file and the adapter', ['sd14.safetensors', '--adapter', adapter]],
  ])('%s: every network gives what the float16 folder gives, bit for bit', (name, [model = '', ...flags]) => {
    // Small images use every weight, too.
    const small = ['--steps', '0', '--side', '128'];
    if (!existsSync(join(work, 'small'))) run('small', [join(root, 'fp16'), ...small]);
    run(name, [join(root, model), ...flags, ...small]);
    for (const network of networks) {
      const [file, reference] = [name, 'small'].map((folder) => join(work, folder, `${network}.engine`));
      const found = difference(file ?? '', reference ?? '');
      expect(found?.worst, network).toBe(0);
      expect(found?.largest, network).toBeGreaterThan(0.1);
    }
  });

  it('float32 and float16 of the same values give nearly the same', () => {
    for (const network of networks) {
      const [file, reference] = ['fp16', 'fp32'].map((kind) => join(work, kind, `${network}.engine`));
      const { worst, largest } = difference(file ?? '', reference ?? '') ?? { worst: NaN, largest: NaN };
      console.log(`${network}, float16 from float32: ${worst.toExponential(2)} of ${largest.toPrecision(3)}`);
      expect(worst / largest, network).toBeLessThan(1e-5);
    }
  });
});
