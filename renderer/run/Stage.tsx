import { useMemo } from 'react';
import type { ReactElement } from 'react';
import { backdropHref } from '../../preload/contract/hrefs.ts';
import { LayoutCanvas } from '../canvas/LayoutCanvas.tsx';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { Banners } from '../ui/Banners.tsx';
import { BoxMenu } from './BoxMenu.tsx';
import { CompareView } from './CompareView.tsx';
import { GridView } from './GridView.tsx';
import { HardnessBadge } from './HardnessBadge.tsx';
import { MaskSuggestion } from './MaskSuggestion.tsx';
import { overlayOf } from './overlayOf.ts';
import { StageBar } from './StageBar.tsx';

/** The middle: the canvas with what a run made under the boxes, and the bar to look through it. */
export function Stage(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const width = useEditorState((state) => state.document.width);
  const height = useEditorState((state) => state.document.height);
  const backdrop = useEditorState((state) => state.document.backdrop);
  const handle = useStudioState((state) => state.project?.handle);
  const live = useStudioState((state) => (state.watching ? state.live : null));
  const loaded = useStudioState((state) => (state.shown === null ? undefined : state.loaded[state.shown]));
  const mode = useStudioState((state) => state.mode);
  const boxes = useStudioState((state) => state.boxes);
  const scrub = useStudioState((state) => state.scrub);
  const highlight = useStudioState((state) => state.highlight);
  const selected = useEditorState((state) => state.selection);
  const gridOpen = useStudioState((state) => state.batch?.open === true);

  const overlay = useMemo(
    () => overlayOf({ live, loaded, mode, boxes, scrub, highlight, selected, ratio: width / height }),
    [live, loaded, mode, boxes, scrub, highlight, selected, width, height],
  );
  const canvasBackdrop = useMemo(
    () =>
      backdrop === null || handle === undefined
        ? null
        : { href: backdropHref(handle, backdrop.file), opacity: backdrop.opacity },
    [backdrop, handle],
  );
  return (
    <main className="studio__stage" aria-label={t('stage.title')}>
      <div className="stage__banners">
        <Banners />
      </div>
      <BoxMenu>
        <LayoutCanvas
          editor={studio.editor}
          overlay={overlay}
          backdrop={canvasBackdrop}
          onMaskHover={(id) => studio.light(id)}
        />
        <EmptyCanvas />
        <CompareView />
        {gridOpen && <GridView />}
        <HardnessBadge />
        <MaskSuggestion />
      </BoxMenu>
      <StageBar />
    </main>
  );
}

/** What to do with an empty canvas; it lets the pointer through. */
function EmptyCanvas(): ReactElement | null {
  const t = useT();
  const empty = useEditorState((state) => state.document.boxes.length === 0 && state.draft === null);
  const shown = useStudioState((state) => state.shown !== null && state.mode !== 'layout');
  return empty && !shown ? (
    <p className="stage__empty">
      <span className="stage__empty-title">{t('stage.empty')}</span>
      <span>{t('stage.emptyMore')}</span>
    </p>
  ) : null;
}
