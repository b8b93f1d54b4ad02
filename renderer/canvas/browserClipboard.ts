import type { ClipboardPort } from '../editor/clipboardPort.ts';

/** The system clipboard by way of the browser; both may be refused, which the commands then say. */
export const browserClipboard: ClipboardPort = {
  writeText: (text) => navigator.clipboard.writeText(text),
  readText: () => navigator.clipboard.readText(),
};
