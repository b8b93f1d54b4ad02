import { LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useStudio, useStudioState } from './context.ts';
import { useT } from './i18n.ts';

/** Before a project is open: starting, recovering after a crash, or failing to start. */
export function Cover(): ReactElement {
  const t = useT();
  const boot = useStudioState((state) => state.boot);
  const connection = useStudioState((state) => state.connection);
  return (
    <main className="cover">
      {boot === 'recover' ? <Recover /> : boot === 'failed' ? <Failed /> : <Starting />}
      <p className="visually-hidden" role="status">
        {connection === 'refused' ? t('offline.refused') : ''}
      </p>
    </main>
  );
}

/** Nothing for a moment, so that a quick start does not flash. */
function Starting(): ReactElement | null {
  const t = useT();
  const refused = useStudioState((state) => state.connection === 'refused');
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 400);
    return () => clearTimeout(timer);
  }, []);
  if (!late) {
    return null;
  }
  return (
    <div className="cover__card">
      <h1 className="cover__title">ISAC Studio</h1>
      <p className="cover__text cover__text--last">
        {refused ? (
          t('offline.refused')
        ) : (
          <>
            <LoaderCircle className="spin" size={15} aria-hidden="true" /> {t('boot.starting')}
          </>
        )}
      </p>
    </div>
  );
}

function Failed(): ReactElement {
  const t = useT();
  const problem = useStudioState((state) => state.bootProblem);
  return (
    <div className="cover__card" role="alert">
      <h1 className="cover__title">{t('boot.failed')}</h1>
      <p className="cover__text">{problem}</p>
      <div className="cover__actions">
        <button type="button" className="button button--primary" onClick={() => window.location.reload()}>
          {t('command.run.retry')}
        </button>
      </div>
    </div>
  );
}

function Recover(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const unclosed = useStudioState((state) => state.lists.unclosed);
  const decline = async (): Promise<void> => {
    for (const { path } of unclosed) {
      await studio.api.call('projects.forget', { path });
    }
    await studio.projects.refreshLists();
    await studio.projects.openFirst();
  };
  return (
    <div className="cover__card">
      <h1 className="cover__title">{t('recover.title')}</h1>
      <p className="cover__text">{t('recover.text')}</p>
      <ul className="rows cover__list">
        {unclosed.map(({ path, name, modified, boxes, results }) => (
          <li key={path}>
            <button
              type="button"
              className="row"
              onClick={() => studio.attempt(() => studio.projects.open(path))}
            >
              <span className="row__main">
                <span className="row__name">{name}</span>
                <br />
                <span className="row__note">
                  {t('recover.content', { boxes, results })}
                  {modified === null ? '' : ` · ${new Date(modified).toLocaleString()}`}
                </span>
              </span>
              <span className="label">{t('recover.open')}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className="cover__actions">
        <button type="button" className="button" onClick={() => studio.attempt(decline)}>
          {t('recover.decline')}
        </button>
      </div>
    </div>
  );
}
