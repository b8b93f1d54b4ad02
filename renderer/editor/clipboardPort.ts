/** The system clipboard as far as the editor needs it; the renderer gives one that asks the browser. */
export interface ClipboardPort {
  writeText(text: string): Promise<void>;
  readText(): Promise<string>;
}

/** A clipboard of this window only, for tests and where the system's is refused. */
export class MemoryClipboard implements ClipboardPort {
  #text = '';

  writeText(text: string): Promise<void> {
    this.#text = text;
    return Promise.resolve();
  }

  readText(): Promise<string> {
    return Promise.resolve(this.#text);
  }
}
