import type { App } from 'electron';

/** Projects that macOS hands over by double click; the first one comes before the app is ready. */
export class OpenedFiles {
  #early: string | null = null;
  #open: ((path: string) => void) | null = null;

  constructor(app: Pick<App, 'on'>) {
    app.on('open-file', (event, path) => {
      event.preventDefault();
      if (this.#open === null) this.#early = path;
      else this.#open(path);
    });
  }

  /** From now on they are told at once. @returns the one that came before */
  follow(open: (path: string) => void): string | null {
    this.#open = open;
    const early = this.#early;
    this.#early = null;
    return early;
  }
}
