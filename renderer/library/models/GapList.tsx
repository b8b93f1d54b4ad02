import type { ReactElement } from 'react';
import type { ModelFacts } from '../../../preload/contract/models.ts';
import { useT } from '../../ui/i18n.ts';

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The tensors that are missing or of another shape, by part. */
export function GapList({ gaps }: { readonly gaps: ModelFacts['gaps'] }): ReactElement {
  const t = useT();
  return (
    <div className="gaps" tabIndex={0} role="region" aria-label={t('library.gaps')}>
      {gaps.map(({ part, missing, misshapen, missingCount, misshapenCount }) => (
        <div key={part}>
          <p className="label">
            {part}: {t('library.gapCounts', { missing: missingCount, misshapen: misshapenCount })}
          </p>
          <ul className="gaps__list">
            {missing.map(({ name, expected }) => (
              <li key={name}>{t('library.gapMissing', { name, expected: shapeText(expected) })}</li>
            ))}
            {misshapen.map(({ name, expected, found }) => (
              <li key={name}>
                {t('library.gapShape', { name, expected: shapeText(expected), found: shapeText(found) })}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
