import { CircleAlert, CircleCheck, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { languages, themes } from '../../preload/contract/studioRecords.ts';
import type { Preferences } from '../../preload/contract/studioRecords.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { useT } from '../ui/i18n.ts';
import { Segmented } from '../run/Segmented.tsx';
import { bytesText } from './bytesText.ts';

/** Models, devices, and what the user chooses for the program. */
export function LibraryDialog(): ReactElement {
  const t = useT();
  return (
    <Dialog title={t('library.title')}>
      <Models />
      <Devices />
      <Choices />
    </Dialog>
  );
}

function Models(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const models = useStudioState((state) => state.models);
  const electron = useStudioState((state) => state.info?.shell === 'electron');
  const used = useEditorState((state) => state.document.settings.model);
  const [path, setPath] = useState('');
  return (
    <section>
      <h3 className="section-title">{t('library.models')}</h3>
      {models?.length === 0 && <p className="label">{t('library.noModels')}</p>}
      <ul className="rows">
        {models?.map((model) => (
          <li key={model.id} className="row">
            <span className="row__main">
              <span className="row__name">{model.name}</span>
              <br />
              <span className={`row__note${model.problem === null ? '' : ' row__note--bad'}`}>
                {model.problem ??
                  [
                    t(`library.source.${model.source}`),
                    `${model.width} × ${model.height}`,
                    bytesText(model.weightBytes),
                    model.licence ?? '',
                  ]
                    .filter(Boolean)
                    .join(' · ')}
              </span>
            </span>
            {model.id === used ? (
              <span className="label">
                <CircleCheck size={14} aria-hidden="true" /> {t('library.inUse')}
              </span>
            ) : (
              <button
                type="button"
                className="button"
                disabled={model.problem !== null}
                onClick={() => studio.library.use(model.id)}
              >
                {t('library.use')}
              </button>
            )}
            {model.source !== 'embedded' && (
              <button
                type="button"
                className="icon-button"
                aria-label={t('library.remove', { name: model.name })}
                title={t('library.removeTitle')}
                onClick={() => studio.attempt(() => studio.library.remove(model.id))}
              >
                <Trash2 size={15} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {electron ? (
        <button
          type="button"
          className="button library__add"
          onClick={() => studio.attempt(() => studio.library.addFolder())}
        >
          {t('library.addFolder')}
        </button>
      ) : (
        <form
          className="library__add"
          onSubmit={(event) => {
            event.preventDefault();
            studio.attempt(async () => {
              await studio.library.addFolder(path.trim());
              setPath('');
            });
          }}
        >
          <input
            className="field"
            aria-label={t('library.path')}
            placeholder={t('library.path')}
            value={path}
            onChange={(event) => setPath(event.target.value)}
          />
          <button type="submit" className="button" disabled={path.trim() === ''}>
            {t('library.addFolder')}
          </button>
        </form>
      )}
    </section>
  );
}

function Devices(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const devices = useStudioState((state) => state.devices);
  return (
    <section>
      <h3 className="section-title">{t('library.devices')}</h3>
      {devices === null ? (
        <p className="label" role="status">
          {t('library.probing')}
        </p>
      ) : (
        <ul className="rows">
          {devices.map(({ device, works, reason }) => (
            <li key={device} className="device">
              {works ? (
                <CircleCheck size={15} className="device__good" aria-label={t('library.works')} />
              ) : (
                <CircleAlert size={15} className="device__bad" aria-label={t('library.worksNot')} />
              )}
              <span className="row__name">{t(`device.${device}`)}</span>
              <span className="row__note">{reason}</span>
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        className="button library__add"
        disabled={devices === null}
        onClick={() => studio.attempt(() => studio.library.loadDevices(true))}
      >
        {t('library.probe')}
      </button>
    </section>
  );
}

function Choices(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const preferences = useStudioState((state) => state.info?.preferences);
  if (preferences === undefined) {
    return null;
  }
  const set = (patch: Partial<Preferences>): void =>
    studio.attempt(() => studio.library.setPreferences(patch));
  return (
    <section>
      <h3 className="section-title">{t('library.program')}</h3>
      <div className="setting setting--wide">
        <span className="label">{t('library.language')}</span>
        <Segmented
          label={t('library.language')}
          value={preferences.language}
          options={languages.map((value) => ({ value, label: t(`language.${value}`) }))}
          onChange={(language) => set({ language })}
        />
      </div>
      <div className="setting setting--wide">
        <span className="label">{t('library.theme')}</span>
        <Segmented
          label={t('library.theme')}
          value={preferences.theme}
          options={themes.map((value) => ({ value, label: t(`theme.${value}`) }))}
          onChange={(theme) => set({ theme })}
        />
      </div>
    </section>
  );
}
