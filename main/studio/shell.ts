import type { NativeMenu } from '../../preload/contract/nativeMenu.ts';

/** What the studio needs of the program around it: Electron's dialogs and clipboard, or nothing in web mode. */
export interface StudioShell {
  readonly kind: 'electron' | 'web';
  /** BCP 47; empty in web mode, where the browser knows. */
  locale(): string;
  /** Null in web mode: the page asks for names and uploads files. */
  readonly dialogs: ShellDialogs | null;
  /** Puts a window's menus into the system's menu bar; left out where there is none. */
  showMenu?(client: string, menus: NativeMenu): void;
}

/** Each answers null when the user left the dialog. `client` is the window that it belongs to. */
export interface ShellDialogs {
  chooseProject(client: string): Promise<string | null>;
  chooseArchive(client: string): Promise<string | null>;
  chooseFolder(client: string): Promise<string | null>;
  /** A file of weights: a checkpoint or an adapter. */
  chooseWeights(client: string): Promise<string | null>;
  /** Where to save; `extension` without a dot, empty for a folder. */
  chooseTarget(client: string, suggested: string, extension: string): Promise<string | null>;
  copyImage(png: Uint8Array): void;
  reveal(path: string): void;
}

/** This shell cannot do what was asked for. */
export class UnsupportedError extends Error {}

/** @throws UnsupportedError in web mode */
export function dialogsOf(shell: StudioShell, what: string): ShellDialogs {
  if (shell.dialogs === null) throw new UnsupportedError(`${what} is only possible in the desktop app.`);
  return shell.dialogs;
}
