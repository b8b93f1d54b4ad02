import { ChevronRight } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { HubSettingsView } from '../../../preload/contract/models.ts';
import { useStudio } from '../../ui/context.ts';
import { errorText, useT } from '../../ui/i18n.ts';
import { LabelledField } from './LabelledField.tsx';

const MAX_ADDRESS = 2000;
const MAX_TOKEN = 500;

/** A mirror, a proxy and a token: how the hub is reached. */
export function HubAccess(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const [view, setView] = useState<HubSettingsView | null>(null);
  const [endpoint, setEndpoint] = useState('');
  const [proxy, setProxy] = useState('');
  const [token, setToken] = useState('');
  const [status, setStatus] = useState<{ text: string; bad: boolean }>({ text: '', bad: false });
  const take = (settings: HubSettingsView): void => {
    setView(settings);
    setEndpoint(settings.endpoint);
    setProxy(settings.proxy);
    setToken('');
  };
  useEffect(() => studio.attempt(async () => take(await studio.library.hub.settings())), [studio]);
  const change = async (forget: boolean): Promise<void> => {
    try {
      const next = forget ? { token: '' } : { endpoint, proxy, ...(token === '' ? {} : { token }) };
      take(await studio.library.hub.change(next));
      setStatus({ text: t('hub.saved'), bad: false });
    } catch (error) {
      setStatus({ text: errorText(error), bad: true });
    }
  };
  return (
    <details className="fold">
      <summary>
        <ChevronRight className="fold__arrow" size={14} aria-hidden="true" />
        {t('hub.access')}
      </summary>
      <form
        className="library__form"
        onSubmit={(event) => {
          event.preventDefault();
          void change(false);
        }}
      >
        <LabelledField
          label={t('hub.mirror')}
          placeholder="https://huggingface.co"
          value={endpoint}
          maxLength={MAX_ADDRESS}
          onChange={setEndpoint}
        />
        <LabelledField
          label={t('hub.proxy')}
          placeholder="http://proxy:3128"
          value={proxy}
          maxLength={MAX_ADDRESS}
          onChange={setProxy}
        />
        <LabelledField
          label={t('hub.token')}
          placeholder={view === null ? '' : t(`hub.token.${view.token}`)}
          value={token}
          maxLength={MAX_TOKEN}
          secret
          onChange={setToken}
        />
        <p className="row__note">{t('hub.tokenHint')}</p>
        <p
          className={`row__note${status.bad ? ' row__note--bad' : ''}`}
          role={status.bad ? 'alert' : 'status'}
        >
          {status.text}
        </p>
        <div className="dialog__actions">
          {view?.token === 'saved' && (
            <button type="button" className="button" onClick={() => void change(true)}>
              {t('hub.forgetToken')}
            </button>
          )}
          <button type="submit" className="button">
            {t('hub.save')}
          </button>
        </div>
      </form>
    </details>
  );
}
