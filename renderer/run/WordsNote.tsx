import { ChevronRight } from 'lucide-react';
import type { ReactElement } from 'react';
import { useEditorState, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { unknownWords } from './unknownWords.ts';

/** As many words are named; that there are more is enough to know. */
const MAX_NAMED = 4;

/** Says quietly which words the chosen model was not taught, and which it was. */
export function WordsNote(): ReactElement {
  const t = useT();
  const layout = useEditorState((state) => state.settled);
  const models = useStudioState((state) => state.models);
  const model = models?.find(({ id }) => id === layout.settings.model);
  const vocabulary = model?.vocabulary ?? null;
  const words = vocabulary === null ? [] : unknownWords(layout, vocabulary);
  const named = words.slice(0, MAX_NAMED).map((word) => `“${word.slice(0, 40)}”`);
  // Always there: a live region that comes with its text is not read.
  return (
    <div role="status">
      {model !== undefined && vocabulary !== null && words.length > 0 && (
        <details className="fold unknown">
          <summary title={t('words.knownTitle')}>
            <ChevronRight className="fold__arrow" size={14} aria-hidden="true" />
            <span>
              {t('words.unknown', {
                model: model.name,
                words: named.join(', ') + (words.length > MAX_NAMED ? ' …' : ''),
              })}
            </span>
          </summary>
          <p className="unknown__known">
            {t('words.known', { things: vocabulary.things.join(', ') })}{' '}
            {vocabulary.colours.length > 0 && t('words.colours', { colours: vocabulary.colours.join(', ') })}
          </p>
        </details>
      )}
    </div>
  );
}
