import { CircleAlert, Unplug, X } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { waysOut, wayOutCommand } from '../run/wayOut.ts';
import { useStudio, useStudioState } from './context.ts';
import { saidText, useT } from './i18n.ts';
import type { RunFailure } from './state.ts';

/** What keeps the studio from working, with the way out; the canvas makes room for it. */
export function Banners(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const connection = useStudioState((state) => state.connection);
  const closed = useStudioState((state) => state.closed);
  const failure = useStudioState((state) => state.failure);
  const path = useStudioState((state) => state.project?.path);
  const engineSilent = useStudioState((state) => state.engineSilent && state.live !== null);
  const save = useStudioState((state) => state.save);
  if (connection !== 'connected') {
    return (
      <Offline key={connection} text={t(connection === 'refused' ? 'offline.refused' : 'offline.text')} />
    );
  }
  if (closed !== null) {
    return (
      <div className="banner banner--warn" role="alert">
        <Unplug className="banner__icon" size={18} aria-hidden="true" />
        <span className="banner__text">
          {closed} {t('lost.text')}
        </span>
        {path !== undefined && (
          <button
            type="button"
            className="button"
            onClick={() => studio.attempt(() => studio.projects.open(path, true))}
          >
            {t('locked.force')}
          </button>
        )}
        <button
          type="button"
          className="button"
          onClick={() => studio.attempt(() => studio.projects.keepCopy())}
        >
          {t('lost.keep')}
        </button>
      </div>
    );
  }
  if (engineSilent) {
    return (
      <div className="banner banner--warn" role="alert">
        <CircleAlert className="banner__icon" size={18} aria-hidden="true" />
        <span className="banner__text">{t('engine.silent')}</span>
        <button type="button" className="button" onClick={() => studio.attempt(() => studio.runs.cancel())}>
          {t('engine.end')}
        </button>
      </div>
    );
  }
  if (failure !== null) {
    return <FailedRun failure={failure} />;
  }
  return save?.state === 'failed' ? (
    <div className="banner banner--danger" role="alert">
      <CircleAlert className="banner__icon" size={18} aria-hidden="true" />
      <span className="banner__text">{saidText(save)}</span>
      <SaveElsewhere />
    </div>
  ) : null;
}

/** The connection is gone; closed, it comes back with the next loss. */
function Offline({ text }: { readonly text: string }): ReactElement | null {
  const t = useT();
  const [open, setOpen] = useState(true);
  return open ? (
    <div className="banner banner--warn" role="alert">
      <Unplug className="banner__icon" size={18} aria-hidden="true" />
      <span className="banner__text">{text}</span>
      <button
        type="button"
        className="icon-button"
        aria-label={t('action.close')}
        onClick={() => setOpen(false)}
      >
        <X size={15} />
      </button>
    </div>
  ) : null;
}

/** The ways out where a project cannot be written. */
function SaveElsewhere(): ReactElement {
  const studio = useStudio();
  const t = useT();
  return (
    <>
      <button type="button" className="button" onClick={() => studio.runCommand('file.save')}>
        {t('command.file.save')}
      </button>
      <button type="button" className="button" onClick={() => studio.runCommand('file.saveAs')}>
        {t('command.file.saveAs')}
      </button>
    </>
  );
}

/** Why a run has failed, and every way to try it again. */
function FailedRun({ failure }: { readonly failure: RunFailure }): ReactElement {
  const studio = useStudio();
  const t = useT();
  const models = useStudioState((state) => state.models);
  const devices = useStudioState((state) => state.devices);
  const ways = waysOut(failure, { models, devices });
  const { cause } = failure;
  const text =
    cause === 'other'
      ? saidText(failure)
      : ways.length > 0
        ? t(`failure.${cause}`)
        : `${t(`failure.${cause}`)} ${t('failure.nothingLighter')}`;
  return (
    <div className="banner banner--danger" role="alert" data-fault={failure.fault}>
      <CircleAlert className="banner__icon" size={18} aria-hidden="true" />
      <div className="banner__text">
        <p title={failure.message}>{text}</p>
        {ways.length > 0 && (
          <div className="banner__ways">
            {ways.map(({ kind, values }) => (
              <button
                key={kind}
                type="button"
                className="button"
                onClick={() => studio.runCommand(wayOutCommand(kind))}
              >
                {t(`command.${wayOutCommand(kind)}`, values)}
              </button>
            ))}
          </div>
        )}
      </div>
      {failure.fault === 'project' && <SaveElsewhere />}
      {failure.fault === 'engine' && (
        <button type="button" className="button" onClick={() => studio.runCommand('run.retry')}>
          {t('command.run.retry')}
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
