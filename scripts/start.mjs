// npm start: builds when needed, then opens the desktop app, or serves the browser where that is not possible.
/* global fetch, AbortSignal */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** How long Electron's own download of its binary (about 110 MB) may take, and how long it may show no progress. */
const DOWNLOAD_MS = 600_000;
/** How long its server has to answer at all. */
const ANSWER_MS = 5_000;

const args = process.argv.slice(2);
const flags = ['--web', '--host', '--port', '--new-key', '--help'];
const wantsWeb = args.some((arg) => flags.some((flag) => arg === flag || arg.startsWith(`${flag}=`)));

buildIfStale();
const obstacle = wantsWeb ? null : await whyNoElectron();
if (obstacle !== null) console.log(`${obstacle} The studio is served for the browser instead:`);
if (wantsWeb || obstacle !== null) serve();
else openApp();

/** The newest change below a path, in milliseconds. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function buildIfStale() {
  const outputs = ['main/index.js', 'main/web.js', 'preload/index.cjs', 'renderer/index.html'];
  const built = outputs.map((file) => join(root, 'out', file));
  const sources = ['main', 'preload', 'renderer', 'package.json', 'electron.vite.config.ts'];
  if (built.every((file) => existsSync(file))) {
    const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs));
    if (Math.max(...sources.map((path) => newest(join(root, path)))) <= oldest) return;
  }
  const bin = join(dirname(require.resolve('electron-vite/package.json')), 'bin', 'electron-vite.js');
  console.log('Building the studio (once, some seconds)...');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'build'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status === 0) return;
  console.error(`${stdout}\n${stderr}\nThe build failed; the lines above tell why.`);
  process.exit(1);
}

/** Null when the app can be opened, else one sentence. */
async function whyNoElectron() {
  const { platform, env } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return 'There is no display.';
  if (electronPath() !== null) return null;
  const { version } = require('electron/package.json');
  if (env.ELECTRON_SKIP_BINARY_DOWNLOAD)
    return 'Electron was not downloaded (ELECTRON_SKIP_BINARY_DOWNLOAD).';
  const mirror = env.ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? 'https://github.com';
  if (!(await answers(mirror)))
    return `Electron ${version} is not installed, and ${mirror} cannot be reached.`;
  console.log(`Downloading Electron ${version} (once, about 110 MB)...`);
  const install = join(dirname(require.resolve('electron/package.json')), 'install.js');
  const { status } = spawnSync(process.execPath, [install], { stdio: 'ignore', timeout: DOWNLOAD_MS });
  return status === 0 && electronPath() !== null ? null : `Electron ${version} could not be downloaded.`;
}

/** Whether a server answers within a few seconds. */
async function answers(address) {
  try {
    await fetch(address, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
    return true;
  } catch {
    return false;
  }
}

/** Where Electron's binary is; null when it is not there. */
function electronPath() {
  try {
    const path = require('electron');
    return typeof path === 'string' && existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

function openApp() {
  // Chromium does not start as root with its sandbox.
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (isRoot) console.log("Running as root: Chromium's own sandbox is off.");
  run(electronPath(), [root, ...(isRoot ? ['--no-sandbox'] : []), ...args]);
}

function serve() {
  run(process.execPath, [join(root, 'out', 'main', 'web.js'), ...args]);
}

/** Runs it in the foreground; signals reach it by itself (Ctrl-C) or through us (kill). */
function run(command, parameters) {
  const child = spawn(command, parameters, { cwd: process.cwd(), stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
