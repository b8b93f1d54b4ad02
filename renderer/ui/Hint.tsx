import { Check } from 'lucide-react';
import type { ReactElement } from 'react';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useEditorState, useStudio, useStudioState } from './context.ts';
import { useT } from './i18n.ts';
import { isMac } from './platform.ts';

/** Three steps at the first start; closed once, it never comes back. */
export function Hint(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const seen = useStudioState((state) => state.info?.preferences.hintSeen !== false);
  const ran = useStudioState((state) => state.results.length > 0);
  const looked = useStudioState((state) => state.results.length > 0 && state.mode !== 'image');
  const boxes = useEditorState((state) => state.document.boxes.length);
  const named = useEditorState((state) => state.document.boxes.every(({ phrase }) => phrase !== ''));
  if (seen) {
    return null;
  }
  const steps = [
    { text: t('hint.draw'), done: boxes > 1 && named },
    { text: t('hint.run', { keys: displayShortcut('Mod+Enter', isMac) }), done: ran },
    { text: t('hint.look'), done: looked },
  ];
  return (
    <section className="hint fade-in" aria-label={t('hint.title')}>
      <h2 className="panel__title">{t('hint.title')}</h2>
      <ol className="hint__list">
        {steps.map(({ text, done }, index) => (
          <li key={index} className={`hint__step${done ? ' hint__step--done' : ''}`}>
            <span className="hint__number">{done ? <Check size={12} /> : index + 1}</span>
            <span>{text}</span>
          </li>
        ))}
      </ol>
      <button
        type="button"
        className="button"
        onClick={() => studio.attempt(() => studio.library.setPreferences({ hintSeen: true }))}
      >
        {t('hint.close')}
      </button>
    </section>
  );
}
