import { useCallback, useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import './canvas.css';
import type { Editor } from '../editor/editor.ts';
import type { CanvasOverlay } from './overlay.ts';
import { PhraseEditor } from './PhraseEditor.tsx';
import { forwardPointer } from './pointerEvents.ts';
import { CanvasView } from './view.ts';
import type { CanvasBackdrop } from './view.ts';

export interface LayoutCanvasProps {
  readonly editor: Editor;
  /** What a run made or is making; null or left out shows the layout alone. */
  readonly overlay?: CanvasOverlay | null;
  /** The backdrop with an address the page can load. */
  readonly backdrop?: CanvasBackdrop | null;
  /** The box whose mask is under the pointer, null when there is none. */
  readonly onMaskHover?: (boxId: string | null) => void;
}

/**
 * The canvas: shows the editor's document and forwards the pointer to its gestures. It holds no state of
 * its own. Keys are installed for the whole page by installKeyboard (keyboardEvents.ts).
 */
export function LayoutCanvas({ editor, overlay, backdrop, onMaskHover }: LayoutCanvasProps): ReactElement {
  const { t } = useTranslation();
  const container = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const view = useRef<CanvasView | null>(null);
  const hover = useRef(onMaskHover);
  const shown = useRef({ overlay, backdrop });

  useEffect(() => {
    hover.current = onMaskHover;
  }, [onMaskHover]);

  useEffect(() => {
    const element = container.current;
    const inner = stage.current;
    if (element === null || inner === null) {
      return undefined;
    }
    const made = new CanvasView(editor, element, inner);
    view.current = made;
    made.setOverlay(shown.current.overlay ?? null);
    made.setBackdrop(shown.current.backdrop ?? null);
    const resized = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) {
        editor.setCanvasSize({ width: entry.contentRect.width, height: entry.contentRect.height });
      }
    });
    resized.observe(element);
    let last: string | null = null;
    const stop = forwardPointer(element, editor, (share) => {
      const id = share === null ? null : made.maskAt(share.x, share.y);
      if (id !== last) {
        last = id;
        hover.current?.(id);
      }
    });
    return () => {
      stop();
      resized.disconnect();
      made.destroy();
      view.current = null;
    };
  }, [editor]);

  useEffect(() => {
    shown.current = { overlay, backdrop };
    view.current?.setOverlay(overlay ?? null);
    view.current?.setBackdrop(backdrop ?? null);
  }, [overlay, backdrop]);

  const focus = useCallback(() => container.current?.focus({ preventScroll: true }), []);

  return (
    <div
      ref={container}
      className="layout-canvas"
      data-layout-canvas=""
      role="application"
      aria-label={t('canvas.label')}
      aria-description={t('canvas.description')}
      tabIndex={0}
      onContextMenu={(event) => event.preventDefault()}
    >
      <div ref={stage} className="layout-canvas__stage" aria-hidden="true" />
      <PhraseEditor
        editor={editor}
        label={t('canvas.phrase')}
        placeholder={t('canvas.phrasePlaceholder')}
        onDone={focus}
      />
    </div>
  );
}
