import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';

/** The variations of one run beside each other; each place is there from the start. */
export function GridView(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const batch = useStudioState((state) => state.batch);
  const jobs = useStudioState((state) => state.jobs);
  const live = useStudioState((state) => state.live);
  const results = useStudioState((state) => state.results);
  if (batch === null) {
    return null;
  }
  return (
    <section className="grid-view" aria-label={t('grid.title')}>
      <div className="grid-view__head">
        <h2 className="panel__title">
          {t('grid.title')}{' '}
          <span className="number">
            {Object.keys(batch.results).length} / {batch.jobs.length}
          </span>
        </h2>
        <span className="spacer" />
        <button
          type="button"
          className="icon-button"
          aria-label={t('action.close')}
          onClick={() => studio.set({ batch: { ...batch, open: false } })}
        >
          <X size={16} />
        </button>
      </div>
      {batch.jobs.map((id) => {
        const entry = results.find((one) => one.id === batch.results[id]);
        const job = jobs.find((one) => one.id === id);
        const running = live?.job === id ? live : null;
        const seed = entry?.request.seed ?? job?.request.seed ?? running?.request.seed;
        const picture =
          entry?.image ?? (running?.preview ? `data:image/png;base64,${running.preview}` : null);
        const state = entry
          ? ''
          : running !== null
            ? `${running.done} / ${running.steps}`
            : batch.ended.includes(id)
              ? t('grid.ended')
              : t('grid.waiting');
        return (
          <button
            key={id}
            type="button"
            className="grid-view__cell"
            aria-label={[t('facts.seed', { seed: seed ?? '' }), state].filter(Boolean).join(', ')}
            disabled={entry === undefined}
            onClick={() => entry && studio.attempt(() => studio.results.show(entry.id))}
          >
            {picture !== null && <img className="grid-view__image" src={picture} alt="" />}
            <span className="grid-view__seed number">
              {[seed, state].filter((part) => part !== undefined && part !== '').join(' · ')}
            </span>
          </button>
        );
      })}
    </section>
  );
}
