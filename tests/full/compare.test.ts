import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Two denoising steps with ISAC-LO at 512 x 512 and every network beside diffusers. Minutes of all cores, and 24 GB of
 * memory: a step further than `npm run test:full`, so it is asked for by naming a Python with torch and diffusers.
 */
const python = process.env['ISAC_STUDIO_PYTHON'];
const root = process.env['ISAC_STUDIO_FULL'] ?? '/var/tmp/isac-full';

describe.skipIf(python === undefined)('full size beside PyTorch', () => {
  it('agrees in every network and takes at most 6 GB of anonymous memory', () => {
    const script = join(import.meta.dirname, '../../scripts/fullSize/compare.ts');
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', script, join(root, 'fp32'), '2', python ?? ''],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    );
    console.log(stdout);
    expect(status).toBe(0);
    const rows = stdout.split('\n').filter((line) => line.startsWith('│'));
    const cells = rows.map((line) => line.split('│').map((cell) => cell.trim()));
    const differences = cells.flatMap(([, name = '', , , , , text = '']) => {
      const match = /^(\S+) of (\S+)$/.exec(text);
      return match === null ? [] : [{ name, share: Number(match[1]) / Number(match[2]) }];
    });
    expect(differences.map(({ name }) => name)).toEqual([
      'text encoder',
      'position net',
      'UNet',
      'VAE decoder',
    ]);
    for (const { name, share } of differences) expect(share, name).toBeLessThan(1e-3);
    const memory = cells.map((row) => Number(row[4])).filter((mib) => mib > 0);
    expect(Math.max(...memory)).toBeLessThan((6 * 1000 * 1000 * 1000) / 2 ** 20);
  });
});
