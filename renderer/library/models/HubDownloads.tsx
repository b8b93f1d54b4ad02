import { ChevronRight } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactElement } from 'react';
import { useStudio, useStudioState } from '../../ui/context.ts';
import { useT } from '../../ui/i18n.ts';
import { DownloadRow } from './DownloadRow.tsx';
import { HubAccess } from './HubAccess.tsx';
import { HubSearch } from './HubSearch.tsx';

/** Downloads from the hub: those that run, and looking for more. */
export function HubDownloads(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const downloads = useStudioState((state) => state.downloads);
  useEffect(() => studio.attempt(() => studio.library.hub.load()), [studio]);
  return (
    <section aria-label={t('hub.title')}>
      {downloads.length > 0 && (
        <ul className="rows library__downloads">
          {downloads.map((download) => (
            <DownloadRow key={download.id} download={download} />
          ))}
        </ul>
      )}
      <details className="fold">
        <summary>
          <ChevronRight className="fold__arrow" size={14} aria-hidden="true" />
          {t('hub.title')}
        </summary>
        <p className="row__note">{t('hub.promise')}</p>
        <HubSearch />
        <HubAccess />
      </details>
    </section>
  );
}
