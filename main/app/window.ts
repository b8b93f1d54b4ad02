import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserWindow, BrowserWindowConstructorOptions, Dialog } from 'electron';
import { EVENT_CHANNEL } from '../../preload/contract/transport.ts';
import type { StudioService } from '../studio/studioService.ts';
import { START_PAGE } from './origin.ts';

/** How long a page has to send what it has not sent yet. */
const LAST_WORDS_MS = 300;

/** A page that crashes more often than this is not loaded again. */
const MAX_RELOADS = 3;

/** Electron's own defaults are safe; they are spelled out so that a test can hold the program to them. */
export function windowOptions(preload: string, devTools: boolean): BrowserWindowConstructorOptions {
  return {
    width: 1280,
    height: 800,
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'ISAC Studio',
    // The page has a menu of its own; Alt shows this one on Windows and Linux.
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      // Its dictionaries would be fetched from the network.
      spellcheck: false,
      devTools,
    },
  };
}

interface Parts {
  readonly make: (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly service: StudioService;
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  readonly preload: string;
  readonly devTools: boolean;
  /** A window was to be closed and its user stayed. */
  readonly stayed: () => void;
}

/** The studio's windows, each a client of the service. */
export class StudioWindows {
  readonly #parts: Parts;
  readonly #windows = new Map<string, BrowserWindow>();
  readonly #byContents = new Map<number, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  clientOf(contentsId: number): string | undefined {
    return this.#byContents.get(contentsId);
  }

  windowOf(client: string): BrowserWindow | undefined {
    return this.#windows.get(client);
  }

  /** The client in front, or any. */
  get current(): string | undefined {
    const clients = [...this.#windows];
    return (clients.find(([, window]) => window.isFocused()) ?? clients[0])?.[0];
  }

  open(): string {
    const { make, service, preload, devTools } = this.#parts;
    const window = make(windowOptions(preload, devTools));
    const client = randomUUID();
    const { webContents } = window;
    // Nothing can be asked of the contents of a window that is gone.
    const { id: contentsId } = webContents;
    this.#windows.set(client, window);
    this.#byContents.set(contentsId, client);
    const disconnect = service.connect({
      id: client,
      send: (event, payload) => {
        if (!window.isDestroyed()) webContents.send(EVENT_CHANNEL, event, payload);
      },
    });
    window.once('ready-to-show', () => window.show());
    let reloads = 0;
    webContents.on('render-process-gone', (_, { reason }) => {
      if (reason === 'clean-exit' || window.isDestroyed()) return;
      console.error(`The page ended (${reason}).`);
      // Everything is with the service: the page comes back as it was.
      if (reloads++ < MAX_RELOADS) webContents.reload();
    });
    let closing = false;
    window.on('close', (event) => {
      if (closing) return;
      event.preventDefault();
      closing = true;
      void this.#save(client, window).then((saved) => {
        closing = saved;
        if (saved) window.destroy();
        else this.#parts.stayed();
      });
    });
    window.on('closed', () => {
      disconnect();
      this.#windows.delete(client);
      this.#byContents.delete(contentsId);
    });
    void window.loadURL(START_PAGE);
    return client;
  }

  /** Brings a window to the front. */
  show(client: string): void {
    const window = this.#windows.get(client);
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  }

  /** Saves and closes a window's projects. @returns false when something could not be saved and the user stays */
  async #save(client: string, window: BrowserWindow): Promise<boolean> {
    const { service, dialog } = this.#parts;
    service.announceEnd(client);
    await sleep(LAST_WORDS_MS);
    const problems = await service.closeClient(client);
    if (problems.length === 0) return true;
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      message: 'Some changes could not be saved.',
      detail: problems.join('\n'),
      buttons: ['Stay', 'Close without saving'],
      defaultId: 0,
      cancelId: 0,
    });
    return response === 1;
  }
}
