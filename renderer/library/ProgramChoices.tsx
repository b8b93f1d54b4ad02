import type { ReactElement } from 'react';
import { languages, themes } from '../../preload/contract/studioRecords.ts';
import type { Preferences } from '../../preload/contract/studioRecords.ts';
import { Segmented } from '../run/Segmented.tsx';
import { useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';

/** What the user chooses for the program itself. */
export function ProgramChoices(): ReactElement | null {
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
