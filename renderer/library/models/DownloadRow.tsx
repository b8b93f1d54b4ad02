import { CircleAlert, CircleCheck } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { Download } from '../../../preload/contract/models.ts';
import { useStudio } from '../../ui/context.ts';
import { saidText, useT } from '../../ui/i18n.ts';
import { bytesText } from '../bytesText.ts';
import { ProgressLine } from '../ProgressLine.tsx';
import { downloadText } from './downloadText.ts';

/** A download: how far it is, and its buttons. */
export function DownloadRow({ download }: { readonly download: Download }): ReactElement {
  const studio = useStudio();
  const t = useT();
  const [asking, setAsking] = useState(false);
  const { hub } = studio.library;
  const { id, repository, state, doneBytes, totalBytes, folder } = download;
  const { name } = repository;
  const cancel = (): void => studio.attempt(() => hub.cancel(id));
  return (
    <li className="download">
      <p className="row__name">{name}</p>
      {state === 'done' ? (
        <p className="row__note">
          <CircleCheck size={13} className="device__good" aria-hidden="true" />{' '}
          {download.model === null ? t('hub.stored', { folder }) : t('hub.done')}
        </p>
      ) : (
        <ProgressLine
          label={t('hub.progress', { name })}
          done={doneBytes}
          total={totalBytes}
          text={downloadText(download, t)}
        />
      )}
      {state === 'failed' && (
        <p className="row__note row__note--bad" role="alert">
          <CircleAlert size={13} aria-hidden="true" /> {saidText(download)}
        </p>
      )}
      {asking ? (
        <div className="download__actions" role="group" aria-label={t('hub.cancelNamed', { name })}>
          <span className="row__note">{t('hub.cancelAsk', { size: bytesText(doneBytes) })}</span>
          <button type="button" className="button button--small" autoFocus onClick={() => setAsking(false)}>
            {t('hub.keep')}
          </button>
          <button type="button" className="button button--small button--danger" onClick={cancel}>
            {t('hub.cancelNow')}
          </button>
        </div>
      ) : (
        <div className="download__actions">
          <span className="row__note" role="status">
            {state === 'paused' && t('hub.paused')}
          </span>
          {state === 'running' && (
            <button
              type="button"
              className="button button--small"
              aria-label={t('hub.pauseNamed', { name })}
              onClick={() => studio.attempt(() => hub.pause(id))}
            >
              {t('hub.pause')}
            </button>
          )}
          {(state === 'paused' || state === 'failed') && (
            <button
              type="button"
              className="button button--small"
              aria-label={t('hub.resumeNamed', { name })}
              onClick={() => studio.attempt(() => hub.resume(id))}
            >
              {t('hub.resume')}
            </button>
          )}
          <button
            type="button"
            className="button button--small"
            aria-label={t(state === 'done' ? 'hub.dismissNamed' : 'hub.cancelNamed', { name })}
            onClick={() => (state === 'done' || doneBytes === 0 ? cancel() : setAsking(true))}
          >
            {t(state === 'done' ? 'hub.dismiss' : 'action.cancel')}
          </button>
        </div>
      )}
    </li>
  );
}
