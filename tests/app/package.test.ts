import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..', '..');
const built = existsSync(join(root, 'out', 'main', 'index.js'));
const possible = built && process.platform === 'linux' && process.arch === 'x64';
if (!possible) console.warn('SKIPPED: the package is only checked on Linux x64 after "npm run build".');

/** Everything of the package but Electron itself, for which an empty folder stands in; fuses are in its binary. */
describe.skipIf(!possible)('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'isac-package-'));
  const resources = join(folder, 'dist', 'linux-unpacked', 'resources');

  beforeAll(async () => {
    const electron = join(folder, 'electron');
    mkdirSync(join(electron, 'locales'), { recursive: true });
    copyFileSync('/bin/true', join(electron, 'electron'));
    const { version } = require('electron/package.json') as { version: string };
    writeFileSync(join(electron, 'version'), version);
    for (const name of ['LICENSE', 'LICENSES.chromium.html', 'resources.pak', 'locales/en-US.pak'])
      writeFileSync(join(electron, name), '');
    const options = [
      `electronDist=${electron}`,
      `directories.output=${join(folder, 'dist')}`,
      'electronFuses=',
    ];
    const builder = require.resolve('electron-builder/cli.js');
    await promisify(execFile)(
      process.execPath,
      [builder, '--linux', '--dir', '--x64', ...options.map((option) => `-c.${option}`)],
      { cwd: root },
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const files = (below: string): string[] =>
    readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(below, name)).isFile(),
    );

  it('holds every entry and the page, and neither sources nor tests', () => {
    // The archive begins with its list of files as JSON.
    const archive = readFileSync(join(resources, 'app.asar'));
    const header = JSON.parse(archive.toString('utf8', 16, 16 + archive.readUInt32LE(12))) as Listing;
    const names = flat(header);
    for (const name of ['index', 'engineChild', 'probeChild', 'cli', 'web'])
      expect(names).toContain(`out/main/${name}.js`);
    expect(names).toContain('out/preload/index.cjs');
    expect(names).toContain('out/renderer/index.html');
    expect(names).toContain('package.json');
    expect(names.filter((name) => /^(main|renderer|preload|tests|training|assets)\//.test(name))).toEqual([]);
    for (const name of ['electron', 'react-dom', 'konva', 'vitest', 'typescript', 'tsx', 'esbuild'])
      expect(
        names.filter((file) => file.startsWith(`node_modules/${name}/`)),
        name,
      ).toEqual([]);
  });

  it('has the native code outside the archive, for this platform and processor only', () => {
    const native = files(join(resources, 'app.asar.unpacked')).filter((name) =>
      /\.(node|so|dll|dylib)(\.\d+)*$/.test(name),
    );
    expect(native.length).toBeGreaterThan(1);
    for (const name of native) expect(name).toMatch(/onnxruntime-node\/bin\/napi-v\d+\/linux\/x64\//);
  });

  it('has models and examples outside the archive', () => {
    const assets = files(join(resources, 'assets'));
    expect(assets.some((name) => name.startsWith('examples/'))).toBe(true);
    const models = readdirSync(join(root, 'assets', 'models'), { recursive: true, encoding: 'utf8' });
    for (const name of models.filter((one) => one.endsWith('.safetensors')))
      expect(assets).toContain(`models/${name}`);
  });

  it('weighs at most 150 MB without Electron', () => {
    const bytes = files(resources).reduce((sum, name) => sum + statSync(join(resources, name)).size, 0);
    expect(bytes).toBeLessThan(150e6);
  });
});

interface Listing {
  readonly files?: Readonly<Record<string, Listing>>;
}

function flat({ files = {} }: Listing, prefix = ''): string[] {
  return Object.entries(files).flatMap(([name, entry]) =>
    entry.files === undefined ? [`${prefix}${name}`] : flat(entry, `${prefix}${name}/`),
  );
}
