import { Fragment } from 'react';
import type { ReactElement } from 'react';
import { useStudioState } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { useT } from '../ui/i18n.ts';

/** What the program is, and the versions that stand in every result. */
export function AboutDialog(): ReactElement {
  const t = useT();
  const info = useStudioState((state) => state.info);
  // The program's own stands under its proper name.
  const { 'isac-studio': own = info?.version, ...others } = info?.versions ?? {};
  const versions = { 'ISAC Studio': own, ...others };
  return (
    <Dialog title="ISAC Studio" size="narrow">
      <p className="cover__text">{t('about.text')}</p>
      <dl className="facts">
        {Object.entries(versions).map(([name, version]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{version}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
