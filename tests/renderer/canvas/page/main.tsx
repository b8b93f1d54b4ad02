import i18next from 'i18next';
import Konva from 'konva';
import { createRoot } from 'react-dom/client';
import { initReactI18next } from 'react-i18next';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { installKeyboard } from '../../../../renderer/canvas/keyboardEvents.ts';
import { LayoutCanvas } from '../../../../renderer/canvas/LayoutCanvas.tsx';
import type { CanvasOverlay } from '../../../../renderer/canvas/overlay.ts';
import { canvasStrings } from '../../../../renderer/canvas/strings.ts';
import type { CanvasBackdrop } from '../../../../renderer/canvas/view.ts';
import { CommandRegistry } from '../../../../renderer/editor/commands/registry.ts';
import { standardCommands } from '../../../../renderer/editor/commands/standard.ts';
import { emptyDocument } from '../../../../renderer/editor/document.ts';
import { Editor } from '../../../../renderer/editor/editor.ts';

/** The canvas alone, for the tests in a browser: everything they touch is on `window.canvasPage`. */
export interface TestStudio {
  readonly editor: Editor;
  setOverlay(overlay: CanvasOverlay | null): void;
  setBackdrop(backdrop: CanvasBackdrop | null): void;
  /** The last box whose mask was under the pointer. */
  maskHover: string | null;
  /** Konva's layers from the bottom, for counting what is drawn. */
  layers(): Konva.Layer[];
}

declare global {
  interface Window {
    canvasPage: TestStudio;
  }
}

const editor = new Editor({ document: emptyDocument('tiny', { width: 512, height: 512 }) });
const commands = new CommandRegistry();
commands.registerAll(standardCommands);
installKeyboard(editor, commands);

function Page(): ReactElement {
  const [overlay, setOverlay] = useState<CanvasOverlay | null>(null);
  const [backdrop, setBackdrop] = useState<CanvasBackdrop | null>(null);
  window.canvasPage.setOverlay = setOverlay;
  window.canvasPage.setBackdrop = setBackdrop;
  return (
    <LayoutCanvas
      editor={editor}
      overlay={overlay}
      backdrop={backdrop}
      onMaskHover={(id) => {
        window.canvasPage.maskHover = id;
      }}
    />
  );
}

window.canvasPage = {
  editor,
  setOverlay: () => undefined,
  setBackdrop: () => undefined,
  maskHover: null,
  layers: () => Konva.stages.at(-1)?.getLayers() ?? [],
};
await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: canvasStrings.en } } });
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(<Page />);
}
