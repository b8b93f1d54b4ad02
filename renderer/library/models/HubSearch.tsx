import { CloudOff } from 'lucide-react';
import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import type { HubPlan } from '../../../preload/contract/models.ts';
import { useStudio } from '../../ui/context.ts';
import { errorText, useT } from '../../ui/i18n.ts';
import { HubPlanView } from './HubPlanView.tsx';

type Answer =
  | { readonly state: 'none' | 'asking' }
  | { readonly state: 'failed'; readonly message: string }
  | { readonly state: 'found'; readonly plan: HubPlan };

/** Looks a repository up by its name, when asked to. */
export function HubSearch(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const id = useId();
  const [name, setName] = useState('');
  const [answer, setAnswer] = useState<Answer>({ state: 'none' });
  const look = async (): Promise<void> => {
    setAnswer({ state: 'asking' });
    try {
      setAnswer({ state: 'found', plan: await studio.library.hub.look(name.trim()) });
    } catch (error) {
      setAnswer({ state: 'failed', message: errorText(error) });
    }
  };
  return (
    <>
      <form
        className="library__form"
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <div className="path-field">
          <label className="label" htmlFor={id}>
            {t('hub.repository')}
          </label>
          <input
            id={id}
            className="field"
            value={name}
            maxLength={200}
            placeholder="owner/name"
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button" disabled={name.trim() === '' || answer.state === 'asking'}>
            {t('hub.look')}
          </button>
        </div>
      </form>
      {answer.state === 'asking' && (
        <p className="label" role="status">
          {t('hub.asking')}
        </p>
      )}
      {answer.state === 'failed' && (
        <div className="hub__failed" role="alert">
          <CloudOff size={18} aria-hidden="true" />
          <p className="row__note">
            {answer.message}
            <br />
            {t('hub.offline')}
          </p>
          <button type="button" className="button button--small" onClick={() => void look()}>
            {t('hub.again')}
          </button>
        </div>
      )}
      {answer.state === 'found' && (
        <HubPlanView
          key={answer.plan.plan}
          plan={answer.plan}
          onStarted={() => setAnswer({ state: 'none' })}
        />
      )}
    </>
  );
}
