import { CircleAlert, Unplug, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useStudio, useStudioState } from './context.ts';
import { useT } from './i18n.ts';

/** What keeps the studio from working, over the canvas, with the way out. */
export function Banners(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const connection = useStudioState((state) => state.connection);
  const closed = useStudioState((state) => state.closed);
  const failure = useStudioState((state) => state.failure);
  const path = useStudioState((state) => state.project?.path);
  if (connection !== 'connected') {
    return (
      <div className="banner banner--warn" role="alert">
        <Unplug className="banner__icon" size={18} aria-hidden="true" />
        <span className="banner__text">
          {t(connection === 'refused' ? 'offline.refused' : 'offline.text')}
        </span>
      </div>
    );
  }
  if (closed !== null) {
    return (
      <div className="banner banner--warn" role="alert">
        <Unplug className="banner__icon" size={18} aria-hidden="true" />
        <span className="banner__text">{closed}</span>
        {path !== undefined && (
          <button
            type="button"
            className="button"
            onClick={() => studio.attempt(() => studio.projects.open(path, true))}
          >
            {t('locked.force')}
          </button>
        )}
      </div>
    );
  }
  if (failure !== null) {
    return (
      <div className="banner banner--danger" role="alert" data-fault={failure.fault}>
        <CircleAlert className="banner__icon" size={18} aria-hidden="true" />
        <span className="banner__text">{failure.message}</span>
        {failure.fault !== 'user' && (
          <button type="button" className="button" onClick={() => studio.attempt(() => studio.runs.retry())}>
            {t('run.retry')}
          </button>
        )}
        <button
          type="button"
          className="icon-button"
          aria-label={t('action.close')}
          onClick={() => studio.set({ failure: null })}
        >
          <X size={15} />
        </button>
      </div>
    );
  }
  return null;
}
