import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { appRoot } from '../../main/host/appRoot.ts';
import { LOCK_NAME } from '../../main/projects/lock.ts';
import { StudioClient } from '../../preload/contract/studioClient.ts';
import { SocketTransport, type SocketLike } from '../../preload/web/socketTransport.ts';
import { buildPage } from '../e2e/studio/buildPage.ts';

// The web mode does not start without a page.
beforeAll(() => buildPage(), 300_000);

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The web mode in a process of its own, and a page that is connected to it. */
async function studio(): Promise<{
  client: StudioClient;
  kill: (signal: NodeJS.Signals) => void;
  exit: Promise<number | NodeJS.Signals | null>;
}> {
  const home = mkdtempSync(join(tmpdir(), 'isac-signal-'));
  folders.push(home);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = spawn(
    process.execPath,
    ['--import', tsx, join(appRoot(), 'main', 'web', 'index.ts'), '--port', '0'],
    {
      env: { ...process.env, ISAC_STUDIO_DATA: home, ISAC_STUDIO_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(signal ?? code)),
  );
  const url = await new Promise<URL>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /http:\/\/\S+/.exec(text)?.[0];
      if (found !== undefined && text.includes('\n')) resolve(new URL(found));
    });
    void exit.then(() => reject(new Error(text)));
  });
  const entered = await fetch(url, { redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  const address = `ws://${url.host}/socket?client=${crypto.randomUUID()}`;
  const transport = new SocketTransport(
    () => {
      const socket = new WebSocket(address, { headers: { cookie, origin: url.origin } });
      socket.on('error', () => undefined);
      return socket as unknown as SocketLike;
    },
    () => Promise.resolve(true),
  );
  const client = new StudioClient(transport, () => Promise.reject(new Error('not here')));
  return { client, kill: (signal) => void child.kill(signal), exit };
}

it.runIf(process.platform !== 'win32').each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'after %s, twice, the last edit is on the disk and no lock and no temporary file is left',
  async (signal) => {
    const { client, kill, exit } = await studio();
    const opened = await client.call('project.create', {});
    const document = { ...opened.document, negative: `the last words before ${signal}` };
    await client.call('project.save', { project: opened.handle, document });
    kill(signal);
    // A terminal that closes signals every process, and npm start passes its own signal on.
    if (signal !== 'SIGINT') setTimeout(() => kill(signal), 50);
    expect(await exit).toBe(0);
    expect(readFileSync(join(opened.path, 'project.json'), 'utf8')).toContain(document.negative);
    expect(existsSync(join(opened.path, LOCK_NAME))).toBe(false);
    expect(readdirSync(opened.path).filter((name) => /\.tmp$|\.part$/.test(name))).toEqual([]);
  },
  120_000,
);
