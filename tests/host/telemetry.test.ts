import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { appRoot } from '../../main/host/appRoot.ts';

const folder = mkdtempSync(join(tmpdir(), 'isac-telemetry-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const strace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;

interface Left {
  /** Files outside of the program's own folder, relative to the user's home or temp folder. */
  readonly files: string[];
  /** System calls that name an internet address other than loopback. Empty without strace. */
  readonly calls: string[];
}

/** Runs a command as a user would, without CI in the environment and with an empty home, and lists what it leaves. */
function run(name: string, args: readonly string[]): Left {
  const [home, temp] = [join(folder, name, 'home'), join(folder, name, 'temp')];
  mkdirSync(home, { recursive: true });
  mkdirSync(temp, { recursive: true });
  const log = join(folder, name, 'strace.txt');
  const traced = strace ? ['strace', '-f', '-qq', '-e', 'trace=connect,sendto,sendmsg', '-o', log] : [];
  const [command = '', ...rest] = [...traced, process.execPath, '--import', 'tsx', ...args];
  const { status, stderr } = spawnSync(command, rest, {
    cwd: appRoot(),
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      TMPDIR: temp,
      ISAC_STUDIO_HOME: join(folder, name, 'studio'),
    },
  });
  expect(status, stderr).toBe(0);
  const files = [home, temp].flatMap((root) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      // tsx caches what it compiled; the packaged program has no tsx.
      .filter((path) => !path.startsWith('tsx-')),
  );
  const calls = strace ? readFileSync(log, 'utf8').split('\n').filter(reachesOut) : [];
  return { files, calls };
}

const reachesOut = (line: string): boolean =>
  /AF_INET6?\b/.test(line) && !/"(127\.[\d.]+|::1|::ffff:127\.[\d.]+)"/.test(line);

const generate = (out: string): string[] => [
  'main/cli/index.ts',
  'generate',
  'assets/examples/three-apples.json',
  '--steps',
  '1',
  '--out',
  join(folder, out),
];

describe('a job without CI in the environment', () => {
  it('leaves no file in the home and temp folders and reaches no host', () => {
    expect(run('job', generate('image'))).toEqual({ files: [], calls: [] });
  });

  it('would leave files if the library were used as it comes (so that the test above can fail)', () => {
    if (process.platform !== 'linux') return;
    const script =
      "require('onnxruntime-node').InferenceSession.create('assets/models/evaluator/classifier.onnx').then(() => process.exit(0))";
    expect(run('library', ['-e', script]).files.join()).toContain('deviceid');
  });
});
