import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  FakeContents,
  FakeWindow,
  ipcHandlers,
  menu,
  pageHandler,
  permissions,
  stub,
} from './electronStub.ts';

vi.mock('electron', async () => (await import('./electronStub.ts')).stub);

const root = join(import.meta.dirname, '..', '..');
const data = mkdtempSync(join(tmpdir(), 'isac-app-'));

beforeAll(async () => {
  process.env['ISAC_STUDIO_DATA'] = data;
  Object.defineProperty(process, 'resourcesPath', { value: data, configurable: true });
  await import('../../main/app/index.ts');
  await vi.waitFor(() => expect(FakeWindow.all).toHaveLength(1));
});

afterAll(() => rmSync(data, { recursive: true, force: true }));

function window(): FakeWindow {
  const [first] = FakeWindow.all;
  if (first === undefined) throw new Error('no window');
  return first;
}

function call(event: { sender: unknown; senderFrame: unknown }, message: unknown): Promise<unknown> {
  return ipcHandlers.get('studio:call')?.(event, message) ?? Promise.reject(new Error('no handler'));
}

const info = { id: 0, call: 'app.info', args: {} };

/** https://www.electronjs.org/docs/latest/tutorial/security, point by point. */
describe('Electron’s security checklist', () => {
  const preferences = (): Record<string, unknown> =>
    window().options['webPreferences'] as Record<string, unknown>;

  it('1 loads only secure content: its own scheme, nothing from the network', () => {
    expect(window().loadURL.mock.calls).toEqual([['app://studio/index.html']]);
    expect(stub.protocol.registerSchemesAsPrivileged).toHaveBeenCalledWith([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
    ]);
    const filter = permissions.web as (details: { url: string }, answer: (reply: unknown) => void) => void;
    const cancelled = (url: string): unknown => {
      const answer = vi.fn();
      filter({ url }, answer);
      return (answer.mock.calls[0]?.[0] as { cancel: boolean }).cancel;
    };
    for (const url of [
      'http://a.example/',
      'https://a.example/',
      'ws://a.example/',
      'file:///etc/passwd',
      'ftp://a',
      'x',
    ])
      expect(cancelled(url), url).toBe(true);
    for (const url of ['app://studio/index.html', 'blob:app://studio/x', 'data:image/png;base64,AA'])
      expect(cancelled(url), url).toBe(false);
  });

  it('2 gives pages no Node', () => {
    expect(preferences()).toMatchObject({
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
    });
  });

  it('3 isolates contexts and 4 sandboxes every process', () => {
    expect(preferences()).toMatchObject({ contextIsolation: true, sandbox: true });
    expect(stub.app.enableSandbox).toHaveBeenCalled();
  });

  it('5 denies permissions, except text on the clipboard to its own page', () => {
    const asked = permissions.request as (c: FakeContents, p: string, answer: (yes: boolean) => void) => void;
    const granted = (permission: string, url = 'app://studio/index.html'): unknown => {
      const answer = vi.fn();
      const contents = new FakeContents();
      contents.mainFrame.url = url;
      asked(contents, permission, answer);
      return answer.mock.calls[0]?.[0];
    };
    const check = permissions.check as (c: unknown, p: string, origin: string) => boolean;
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'openExternal',
      'fullscreen',
      'hid',
      'usb',
    ]) {
      expect(granted(permission), permission).toBe(false);
      expect(check(null, permission, 'app://studio'), permission).toBe(false);
    }
    expect(granted('clipboard-read')).toBe(true);
    expect(granted('clipboard-read', 'https://a.example/')).toBe(false);
    expect(check(null, 'clipboard-read', 'https://a.example')).toBe(false);
    expect((permissions.device as () => boolean)()).toBe(false);
  });

  it('6 keeps web security on, 8 runs no insecure content, 9 no experiments, 10 no extra Blink features', () => {
    expect(preferences()).toMatchObject({
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
    });
    expect(preferences()).not.toHaveProperty('enableBlinkFeatures');
    expect(preferences()).not.toHaveProperty('disableBlinkFeatures');
  });

  it('7 sends a strict content security policy with every answer', async () => {
    for (const path of ['/index.html', '/files/x/y', '/nothing.js', '/uploads']) {
      const { headers } = await pageHandler(new Request(`app://studio${path}`));
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('11, 12 allows no webviews', () => {
    expect(preferences()['webviewTag']).toBe(false);
    const event = { preventDefault: vi.fn() };
    window().webContents.emit('will-attach-webview', event);
    expect(event.preventDefault).toHaveBeenCalled();
  });

  it('13 navigates nowhere else and 14 opens no windows', () => {
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      const go = (url: string): boolean => {
        const event = { url, preventDefault: vi.fn() };
        window().webContents.emit(name, event);
        return event.preventDefault.mock.calls.length === 0;
      };
      for (const url of [
        'https://a.example/',
        'app://other/',
        'file:///etc/passwd',
        'javascript:alert(1)',
        'data:text/html,x',
      ])
        expect(go(url), `${name} ${url}`).toBe(false);
      expect(go('app://studio/index.html')).toBe(true);
    }
    expect(window().webContents.openHandler?.({ url: 'app://studio/index.html' })).toEqual({
      action: 'deny',
    });
  });

  it('15 hands no address to the system', () => {
    const files = ['main', 'preload'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(root, folder, file),
      ),
    );
    const sources = files.filter((file) => file.endsWith('.ts'));
    expect(sources.length).toBeGreaterThan(50);
    const uses = sources.filter((file) => /openExternal|openPath/.test(readFileSync(file, 'utf8')));
    expect(uses).toEqual([]);
  });

  it('16 pins the version of Electron', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('17 answers the top frame of its own windows only', async () => {
    const { webContents } = window();
    const { mainFrame } = webContents;
    expect(await call({ sender: webContents, senderFrame: mainFrame }, info)).toMatchObject({
      ok: true,
      value: { shell: 'electron', locale: 'ko-KR' },
    });
    const stranger = new FakeContents();
    const refused = [
      { sender: webContents, senderFrame: null },
      { sender: webContents, senderFrame: { url: 'app://studio/index.html' } },
      { sender: stranger, senderFrame: stranger.mainFrame },
    ];
    for (const event of refused) expect(await call(event, info)).toMatchObject({ ok: false });
    mainFrame.url = 'https://a.example/';
    expect(await call({ sender: webContents, senderFrame: mainFrame }, info)).toMatchObject({ ok: false });
    mainFrame.url = 'app://studio/index.html';
    for (const message of [
      null,
      'app.info',
      { id: 'x' },
      { ...info, call: '__proto__' },
      { ...info, more: 1 },
    ])
      expect(await call({ sender: webContents, senderFrame: mainFrame }, message)).toMatchObject({
        ok: false,
      });
    expect([...ipcHandlers.keys()]).toEqual(['studio:call']);
  });

  it('18 uses a scheme of its own, out of which no path leads', async () => {
    for (const url of [
      'app://studio/../package.json',
      'app://studio/%2e%2e/package.json',
      'app://studio/..%5cpackage.json',
      'app://other/index.html',
      'app://studio/.npmrc',
    ])
      expect((await pageHandler({ url, method: 'GET' } as Request)).status, url).toBe(404);
  });

  it('19 has its fuses set', () => {
    const config = readFileSync(join(root, 'electron-builder.yml'), 'utf8');
    const [, block = ''] = /^electronFuses:\n((?: {2}.*\n)+)/m.exec(config) ?? [];
    const fuses = [...block.matchAll(/^ {2}(\w+): (true|false)$/gm)].map(([, name = '', on]) => [
      name,
      on === 'true',
    ]);
    expect(Object.fromEntries(fuses)).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('20 shows the page two functions and nothing of Electron', () => {
    const preload = readFileSync(join(root, 'preload', 'index.ts'), 'utf8');
    expect(preload.match(/exposeInMainWorld/g)).toHaveLength(1);
    expect(preload.match(/^import .* from 'electron'/gm)).toEqual([
      "import { contextBridge, ipcRenderer } from 'electron'",
    ]);
  });
});

describe('the shell', () => {
  it('is there once, and opens a project that a second start names', async () => {
    expect(stub.app.requestSingleInstanceLock).toHaveBeenCalledOnce();
    stub.app.emit('second-instance', {}, ['studio', join(data, 'none.isac')], data);
    expect(FakeWindow.all).toHaveLength(1);
    expect(window().focus).toHaveBeenCalled();
  });

  it('shows the menus of the page in the system’s bar and sends its commands to the window in front', async () => {
    const { webContents } = window();
    const item = { shortcut: 'Mod+O', enabled: true, checked: null, separated: false };
    const menus = [{ id: 'file', label: '파일', items: [{ ...item, id: 'file.open', label: '열기…' }] }];
    const event = { sender: webContents, senderFrame: webContents.mainFrame };
    expect(await call(event, { id: 9, call: 'app.setMenu', args: { menus } })).toMatchObject({ ok: true });
    const template = menu.template as { label?: string; submenu: { label?: string; click?: () => void }[] }[];
    const file = template.find(({ label }) => label === '파일');
    file?.submenu.find(({ label }) => label === '열기…')?.click?.();
    expect(webContents.send).toHaveBeenCalledWith('studio:event', 'command', { id: 'file.open' });
  });

  it('saves and closes projects before a window goes', async () => {
    const { webContents } = window();
    const event = { sender: webContents, senderFrame: webContents.mainFrame };
    const made = (await call(event, { id: 1, call: 'project.create', args: {} })) as {
      value: { handle: string; path: string; document: object };
    };
    const { handle, path, document } = made.value;
    await call(event, {
      id: 2,
      call: 'project.save',
      args: { project: handle, document: { ...document, negative: 'fog' } },
    });
    const closing = { preventDefault: vi.fn() };
    const closed = window();
    closed.emit('close', closing);
    expect(closing.preventDefault).toHaveBeenCalled();
    await vi.waitFor(() => expect(closed.destroy).toHaveBeenCalled(), { timeout: 5000 });
    const saved = JSON.parse(readFileSync(join(path, 'project.json'), 'utf8')) as {
      document: { negative: string };
    };
    expect(saved.document.negative).toBe('fog');
  });
});
