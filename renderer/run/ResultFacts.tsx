import type { ReactElement } from 'react';
import { useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { LossChart } from './LossChart.tsx';

/** What the shown result says about itself, where the progress was while it ran. */
export function ResultFacts(): ReactElement {
  const t = useT();
  const shown = useStudioState((state) => state.shown);
  const loaded = useStudioState((state) => (shown === null ? undefined : state.loaded[shown]));
  const scrub = useStudioState((state) => state.scrub);
  if (loaded === undefined) {
    return <p className="label">{t('run.idle')}</p>;
  }
  const { result } = loaded.view;
  const seconds = Object.values(result.seconds).reduce((sum, value) => sum + value, 0);
  const overlap = result.maskOverlap;
  return (
    <>
      <div className="progress__line">
        <span className="progress__stage" title={result.model.name}>
          {t(`isac.${result.request.isac.method}Short`)}
        </span>
        <span className="progress__figures">
          {t('facts.seconds', { seconds: seconds.toFixed(1) })} · {result.device}
        </span>
      </div>
      <div className="progress__line">
        <span className="label">{t('facts.seed', { seed: result.request.seed })}</span>
        <span className="progress__figures" title={t('facts.overlapHint')}>
          {overlap !== null &&
            t('facts.overlap', { first: overlap.first.toFixed(2), last: overlap.last.toFixed(2) })}
        </span>
      </div>
      {result.losses.length > 0 && (
        <LossChart losses={result.losses} steps={result.request.steps} at={scrub} />
      )}
    </>
  );
}
