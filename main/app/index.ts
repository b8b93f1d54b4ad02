import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  protocol,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { messageOf } from '../engine/errors.ts';
import { assetsRoot, programVersions } from '../host/appRoot.ts';
import { probeProvider } from '../host/deviceProbe.ts';
import { siblingEntry } from '../host/entries.ts';
import type { Spawner } from '../host/spawner.ts';
import { dataFolders } from '../studio/dataFolders.ts';
import { StudioService } from '../studio/studioService.ts';
import { answerCalls } from './calls.ts';
import { electronDialogs } from './dialogs.ts';
import { lockDown } from './lockdown.ts';
import { MenuBar } from './menuBar.ts';
import { OpenedFiles } from './openedFiles.ts';
import { SCHEME } from './origin.ts';
import { pageHandler } from './pageProtocol.ts';
import { projectArgument } from './projectArgument.ts';
import { utilitySpawner } from './utilitySpawner.ts';
import { StudioWindows } from './window.ts';

// Electron's main process: built to out/main/index.js, beside the entries of the processes that it starts.
const here = dirname(fileURLToPath(import.meta.url));
const packagedAssets = join(process.resourcesPath, 'assets');
if (app.isPackaged && existsSync(packagedAssets)) process.env['ISAC_STUDIO_ASSETS'] = packagedAssets;

protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]);
app.enableSandbox();
const openedFiles = new OpenedFiles(app);
/** The user wants to leave; not any more when a window stays because it could not be saved. */
let quitting = false;

function start(): void {
  const folders = dataFolders(process.env, process.platform, app.getPath('documents'));
  /** What "auto" may choose from in the engine's process, which cannot probe by itself. */
  let working = 'cpu';
  const environment = (): Record<string, string> => ({
    ISAC_STUDIO_ASSETS: assetsRoot(),
    ISAC_STUDIO_DEVICES: working,
  });
  const fork = utilityProcess.fork.bind(utilityProcess);
  const spawn = (entry: Parameters<typeof siblingEntry>[0], args: readonly string[] = []): Spawner =>
    utilitySpawner(fork, siblingEntry(entry), environment, args);
  let windows: StudioWindows | null = null;
  const menuBar = new MenuBar((template) => Menu.setApplicationMenu(Menu.buildFromTemplate(template)), {
    newWindow: () => void windows?.open(),
    command: (id) => {
      const current = windows?.current;
      if (current !== undefined) service.command(current, id);
    },
  });
  const service = new StudioService({
    shell: {
      kind: 'electron',
      locale: () => app.getLocale(),
      showMenu: (client, menus) => menuBar.tell(client, menus, windows?.current),
      dialogs: electronDialogs({
        dialog,
        clipboard,
        imageOf: (png) => nativeImage.createFromBuffer(png),
        shell,
        windowOf: (client) => windows?.windowOf(client),
        folder: folders.projects,
      }),
    },
    folders,
    examples: join(assetsRoot(), 'examples'),
    versions: programVersions(),
    spawner: spawn('engineChild'),
    probe: (provider) => probeProvider(provider, { spawn: (args) => spawn('probeChild', args) }),
  });
  windows = new StudioWindows({
    make: (options) => new BrowserWindow(options),
    service,
    dialog,
    preload: join(here, '..', 'preload', 'index.cjs'),
    devTools: !app.isPackaged,
    stayed: () => {
      quitting = false;
    },
  });
  wire(service, windows, menuBar);

  service.workingDevices().then(
    (devices) => {
      working = devices.join(',');
    },
    (error: unknown) => console.error(`The devices could not be probed: ${messageOf(error)}`),
  );
}

/** Connects Electron's events with the service and its windows, and opens the first of them. */
function wire(service: StudioService, windows: StudioWindows, menuBar: MenuBar): void {
  protocol.handle(
    SCHEME,
    pageHandler(join(here, '..', 'renderer'), (request) => service.answer(request)),
  );
  answerCalls(ipcMain, service, (id) => windows.clientOf(id));
  const open = (project: string | null): void => {
    const client = windows.current ?? windows.open();
    windows.show(client);
    if (project !== null) service.requestOpen(client, project);
  };
  app.on('browser-window-focus', (_, window) => menuBar.show(windows.clientOf(window.webContents.id)));

  app.on('second-instance', (_, argv, folder) => open(projectArgument(argv.slice(1), folder)));
  app.on('activate', () => open(null));
  // Windows close when they are saved, which Electron takes for staying: the end is asked for again.
  app.on('before-quit', () => {
    quitting = true;
  });
  app.on('window-all-closed', () => {
    if (quitting || process.platform !== 'darwin') app.quit();
  });
  let ended = false;
  app.on('will-quit', (event) => {
    if (ended) return;
    event.preventDefault();
    void service.close().then((problems) => {
      for (const problem of problems) console.error(problem);
      ended = true;
      app.quit();
    });
  });
  open(openedFiles.follow(open) ?? projectArgument(process.argv.slice(1), process.cwd()));
}

if (app.requestSingleInstanceLock()) {
  void app.whenReady().then(() => {
    lockDown(app, session.defaultSession);
    start();
  });
} else {
  app.quit();
}
