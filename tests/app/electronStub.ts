import { EventEmitter } from 'node:events';
import { vi } from 'vitest';

/** Electron's main-process modules as far as the shell uses them; every call is recorded. */
export class FakeContents extends EventEmitter {
  static count = 0;
  readonly #id = ++FakeContents.count;
  destroyed = false;
  readonly mainFrame = { url: 'app://studio/index.html' };
  openHandler: ((details: unknown) => unknown) | null = null;
  /** As Electron's: gone with its window. */
  get id(): number {
    if (this.destroyed) throw new TypeError('Object has been destroyed');
    return this.#id;
  }
  send = vi.fn();
  reload = vi.fn();
  getURL = (): string => this.mainFrame.url;
  setWindowOpenHandler(handler: (details: unknown) => unknown): void {
    this.openHandler = handler;
  }
}

export class FakeWindow extends EventEmitter {
  static all: FakeWindow[] = [];
  readonly webContents = new FakeContents();
  readonly options: Record<string, unknown>;
  loadURL = vi.fn(() => Promise.resolve());
  show = vi.fn();
  focus = vi.fn();
  isFocused = (): boolean => true;
  isMinimized = (): boolean => false;
  isDestroyed = (): boolean => false;
  destroy = vi.fn(() => {
    this.webContents.destroyed = true;
    FakeWindow.all.splice(FakeWindow.all.indexOf(this), 1);
    this.emit('closed');
    if (FakeWindow.all.length === 0) stub.app.emit('window-all-closed');
  });
  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
    FakeWindow.all.push(this);
    stub.app.emit('web-contents-created', {}, this.webContents);
  }
}

export const ipcHandlers = new Map<string, (event: unknown, message: unknown) => Promise<unknown>>();
export const permissions: { request?: unknown; check?: unknown; device?: unknown; web?: unknown } = {};
export let pageHandler: (request: Request) => Promise<Response> = () => Promise.reject(new Error('not set'));
export const menu: { template: unknown } = { template: null };

const app = Object.assign(new EventEmitter(), {
  isPackaged: false,
  requestSingleInstanceLock: vi.fn(() => true),
  whenReady: vi.fn(() => Promise.resolve()),
  enableSandbox: vi.fn(),
  getPath: () => '/nowhere/documents',
  getLocale: () => 'ko-KR',
  quit: vi.fn(),
});

/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the recorder's own functions are typed by what they record */
export const stub = {
  app,
  BrowserWindow: FakeWindow,
  clipboard: { writeImage: vi.fn() },
  dialog: { showOpenDialog: vi.fn(), showSaveDialog: vi.fn(), showMessageBox: vi.fn() },
  ipcMain: {
    handle: (channel: string, handler: (event: unknown, message: unknown) => Promise<unknown>) =>
      ipcHandlers.set(channel, handler),
  },
  Menu: {
    buildFromTemplate: (template: unknown) => (menu.template = template),
    setApplicationMenu: vi.fn(),
  },
  nativeImage: { createFromBuffer: vi.fn(() => ({})) },
  protocol: {
    registerSchemesAsPrivileged: vi.fn(),
    handle: vi.fn((_: string, handler: (request: Request) => Promise<Response>) => (pageHandler = handler)),
  },
  session: {
    defaultSession: {
      setPermissionRequestHandler: (handler: unknown) => (permissions.request = handler),
      setPermissionCheckHandler: (handler: unknown) => (permissions.check = handler),
      setDevicePermissionHandler: (handler: unknown) => (permissions.device = handler),
      webRequest: { onBeforeRequest: (handler: unknown) => (permissions.web = handler) },
    },
  },
  shell: { showItemInFolder: vi.fn(), openExternal: vi.fn() },
  utilityProcess: {
    fork: vi.fn(() => {
      const child = Object.assign(new EventEmitter(), {
        pid: undefined,
        stdout: null,
        stderr: null,
        postMessage: vi.fn(),
        kill: () => true,
      });
      // As a machine whose every probe fails.
      setTimeout(() => child.emit('exit', 1), 5);
      return child;
    }),
  },
};
