import { join } from 'node:path';
import type { BrowserWindow, Clipboard, Dialog, NativeImage, OpenDialogOptions, Shell } from 'electron';
import type { ShellDialogs } from '../studio/shell.ts';

interface Parts {
  readonly dialog: Pick<Dialog, 'showOpenDialog' | 'showSaveDialog'>;
  readonly clipboard: Pick<Clipboard, 'writeImage'>;
  readonly imageOf: (png: Buffer) => NativeImage;
  readonly shell: Pick<Shell, 'showItemInFolder'>;
  readonly windowOf: (client: string) => BrowserWindow | undefined;
  /** Where dialogs begin. */
  readonly folder: string;
}

/** Electron's dialogs and clipboard for the studio. */
export function electronDialogs({
  dialog,
  clipboard,
  imageOf,
  shell,
  windowOf,
  folder,
}: Parts): ShellDialogs {
  const choose = async (client: string, options: OpenDialogOptions): Promise<string | null> => {
    const window = windowOf(client);
    const settings = { defaultPath: folder, ...options };
    const { canceled, filePaths } = await (window === undefined
      ? dialog.showOpenDialog(settings)
      : dialog.showOpenDialog(window, settings));
    return canceled ? null : (filePaths[0] ?? null);
  };
  return {
    // A project is a folder; where the system knows it as a package (macOS), it is chosen like a file.
    chooseProject: (client) => choose(client, { properties: ['openDirectory', 'treatPackageAsDirectory'] }),
    chooseArchive: (client) =>
      choose(client, { properties: ['openFile'], filters: [{ name: 'ISAC Studio', extensions: ['zip'] }] }),
    chooseFolder: (client) => choose(client, { properties: ['openDirectory'] }),
    chooseWeights: (client) =>
      choose(client, {
        properties: ['openFile'],
        filters: [{ name: 'Weights', extensions: ['safetensors', 'bin', 'ckpt', 'pt', 'pth'] }],
      }),
    async chooseTarget(client, suggested, extension) {
      const window = windowOf(client);
      const name = extension === '' ? suggested : `${suggested}.${extension}`;
      const settings = {
        defaultPath: join(folder, name),
        ...(extension === '' ? {} : { filters: [{ name: extension, extensions: [extension] }] }),
      };
      const { canceled, filePath } = await (window === undefined
        ? dialog.showSaveDialog(settings)
        : dialog.showSaveDialog(window, settings));
      return canceled || filePath === '' ? null : filePath;
    },
    copyImage: (png) => clipboard.writeImage(imageOf(Buffer.from(png))),
    reveal: (path) => shell.showItemInFolder(path),
  };
}
