import type { ReactElement } from 'react';
import { useEditorState, useStudioState } from '../../ui/context.ts';
import { useT } from '../../ui/i18n.ts';
import { ModelRow } from './ModelRow.tsx';

/** Every model of the library, broken ones with what was expected and found. */
export function ModelRows(): ReactElement {
  const t = useT();
  const models = useStudioState((state) => state.models);
  const used = useEditorState((state) => state.document.settings.model);
  return (
    <section aria-labelledby="library-models">
      <h3 id="library-models" className="section-title">
        {t('library.models')}
      </h3>
      {models?.length === 0 && <p className="label">{t('library.noModels')}</p>}
      <ul className="rows">
        {models?.map((model) => (
          <ModelRow key={model.id} model={model} used={model.id === used} />
        ))}
      </ul>
    </section>
  );
}
