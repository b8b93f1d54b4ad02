import { ChevronRight } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import type { ReactElement } from 'react';
import type { HubSettingsView } from '../../../preload/contract/models.ts';
import { useStudio } from '../../ui/context.ts';
import { useT } from '../../ui/i18n.ts';

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
      setStatus({ text: error instanceof Error ? error.message : String(error), bad: true });
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
        <Field
          label={t('hub.mirror')}
          placeholder="https://huggingface.co"
          value={endpoint}
          onChange={setEndpoint}
        />
        <Field label={t('hub.proxy')} placeholder="http://proxy:3128" value={proxy} onChange={setProxy} />
        <Field
          label={t('hub.token')}
          placeholder={view === null ? '' : t(`hub.token.${view.token}`)}
          value={token}
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

interface FieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly secret?: boolean;
  readonly onChange: (value: string) => void;
}

function Field({ label, placeholder, value, secret = false, onChange }: FieldProps): ReactElement {
  const id = useId();
  return (
    <div className="path-field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="field"
        type={secret ? 'password' : 'text'}
        placeholder={placeholder}
        value={value}
        maxLength={secret ? 500 : 2000}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
