import { Columns2, Grid2x2, RotateCcw, SquareDashed } from 'lucide-react';
import type { ReactElement } from 'react';
import { showModes } from '../../preload/contract/studioRecords.ts';
import type { ShowMode } from '../../preload/contract/studioRecords.ts';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { isMac } from '../ui/platform.ts';
import { CompareMenu } from './CompareMenu.tsx';
import { fits } from './overlayOf.ts';
import { Segmented } from './Segmented.tsx';
import { SourceButtons } from './SourceButtons.tsx';

/** Under the canvas: what is shown, which step, compared with what. */
export function StageBar(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const mode = useStudioState((state) => state.mode);
  const boxes = useStudioState((state) => state.boxes);
  const something = useStudioState((state) => state.shown !== null || state.live !== null);
  const batch = useStudioState((state) => state.batch);
  return (
    <div className="stage__bar" role="toolbar" aria-label={t('stage.bar')}>
      <Segmented<ShowMode>
        label={t('stage.show')}
        value={mode}
        options={showModes.map((value) => ({
          value,
          label: t(`show.${value}`),
          title: t(`show.${value}Title`),
          disabled: !something && value !== 'layout',
        }))}
        onChange={(value) => studio.results.chooseMode(value)}
      />
      <button
        type="button"
        className="icon-button"
        aria-pressed={boxes}
        aria-label={t('stage.boxes')}
        title={`${t('stage.boxes')}  ${displayShortcut('Mod+B', isMac)}`}
        disabled={!something}
        onClick={() => studio.set({ boxes: !boxes })}
      >
        <SquareDashed size={16} />
      </button>
      <Scrubber />
      <span className="spacer" />
      <Misfit />
      {batch !== null && (
        <button
          type="button"
          className="icon-button"
          aria-pressed={batch.open}
          aria-label={t('grid.show')}
          title={t('grid.show')}
          onClick={() => studio.set({ batch: { ...batch, open: !batch.open } })}
        >
          <Grid2x2 size={16} />
        </button>
      )}
      <SourceButtons />
      <CompareMenu>
        <Columns2 size={16} />
      </CompareMenu>
    </div>
  );
}

function Scrubber(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const live = useStudioState((state) => (state.watching ? state.live : null));
  const shown = useStudioState((state) => state.shown);
  const steps = useStudioState((state) =>
    shown === null ? 0 : (state.loaded[shown]?.trace?.steps.length ?? 0),
  );
  const scrub = useStudioState((state) => state.scrub);
  const idle = steps === 0 || live !== null;
  const value = live !== null ? live.done : (scrub ?? steps);
  const max = live !== null ? live.steps : steps;
  const figure =
    live !== null
      ? `${live.done} / ${live.steps}`
      : scrub === null
        ? t('scrub.final')
        : `${scrub + 1} / ${steps}`;
  return (
    <div className="scrub">
      <input
        className="range"
        type="range"
        aria-label={t('scrub.title')}
        title={t('scrub.title')}
        aria-valuetext={figure}
        min={0}
        max={Math.max(1, max)}
        step={1}
        value={idle && live === null ? Math.max(1, max) : value}
        disabled={idle}
        onChange={(event) => {
          const at = Number(event.target.value);
          studio.results.scrubTo(at >= steps ? null : at);
        }}
      />
      <span className="scrub__figure number">{shown === null && live === null ? '' : figure}</span>
    </div>
  );
}

/** The shown result has another shape than the layout: it is not stretched, and how to see it is said. */
function Misfit(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const width = useEditorState((state) => state.document.width);
  const height = useEditorState((state) => state.document.height);
  const shown = useStudioState((state) => state.shown);
  const loaded = useStudioState((state) => (shown === null ? undefined : state.loaded[shown]));
  if (shown === null || loaded === undefined || fits(loaded.view.result.request, width / height)) {
    return null;
  }
  const { request } = loaded.view.result;
  return (
    <button
      type="button"
      className="button button--quiet button--small"
      title={t('stage.misfitTitle')}
      onClick={() => studio.attempt(() => studio.results.restore(shown))}
    >
      <RotateCcw size={13} aria-hidden="true" />
      {t('stage.misfit', { width: request.width, height: request.height })}
    </button>
  );
}
