import type { ReactElement } from 'react';
import type { StepLoss } from '../../preload/contract/result.ts';
import { useT } from '../ui/i18n.ts';
import { chartPath } from './chartPath.ts';

interface Props {
  readonly losses: readonly StepLoss[];
  readonly steps: number;
  /** Marks a step; null marks none. */
  readonly at?: number | null;
}

const WIDTH = 280;
const HEIGHT = 60;

/** Instance and semantic loss per step, each on a scale of its own: what matters is how they fall. */
export function LossChart({ losses, steps, at = null }: Props): ReactElement {
  const t = useT();
  const last = losses.at(-1);
  const description =
    last === undefined
      ? t('chart.empty')
      : t('chart.described', {
          step: last.step,
          instance: last.instance.toPrecision(3),
          semantic: last.semantic.toPrecision(3),
        });
  const x = at === null ? null : (at / Math.max(1, steps - 1)) * WIDTH;
  return (
    <figure>
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={description}
      >
        <line className="chart__grid" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        <path
          className="chart__line chart__line--semantic"
          d={chartPath(losses, 'semantic', steps, WIDTH, HEIGHT)}
        />
        <path
          className="chart__line chart__line--instance"
          d={chartPath(losses, 'instance', steps, WIDTH, HEIGHT)}
        />
        {x !== null && <line className="chart__now" x1={x} x2={x} y1="0" y2={HEIGHT} />}
      </svg>
      <figcaption className="legend">
        <span className="legend__key">
          {t('chart.instance')} <span className="number">{last?.instance.toFixed(3) ?? '–'}</span>
        </span>
        <span className="legend__key legend__key--semantic">
          {t('chart.semantic')} <span className="number">{last?.semantic.toFixed(3) ?? '–'}</span>
        </span>
      </figcaption>
    </figure>
  );
}
