import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { modelKinds } from '../../../preload/contract/models.ts';
import type { ModelInfo } from '../../../preload/contract/models.ts';
import { Segmented } from '../../run/Segmented.tsx';
import { useStudio } from '../../ui/context.ts';
import { errorText, useT } from '../../ui/i18n.ts';
import { PathField } from './PathField.tsx';

type Kind = ModelInfo['kind'];

/** Takes models into the library that are on the disk already. */
export function AddModel(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const [kind, setKind] = useState<Kind>('folder');
  const [path, setPath] = useState('');
  const [adapter, setAdapter] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const ready = path.trim() !== '' && (kind !== 'folder+adapter' || adapter.trim() !== '');
  const add = async (): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      const withAdapter = kind === 'folder' || adapter.trim() === '' ? {} : { adapter: adapter.trim() };
      const { name } = await studio.library.add({ path: path.trim(), ...withAdapter });
      setPath('');
      studio.announce(t('library.added', { name }));
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details className="fold">
      <summary>
        <ChevronRight className="fold__arrow" size={14} aria-hidden="true" />
        {t('library.add')}
      </summary>
      <form
        className="library__form"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Segmented<Kind>
          label={t('library.kindTitle')}
          value={kind}
          options={modelKinds.map((value) => ({ value, label: t(`library.kind.${value}`) }))}
          onChange={setKind}
        />
        <p className="row__note">{t(`library.kindHint.${kind}`)}</p>
        <PathField
          label={t(kind === 'checkpoint' ? 'library.checkpointPath' : 'library.folderPath')}
          what={kind === 'checkpoint' ? 'weights' : 'folder'}
          value={path}
          onChange={setPath}
        />
        {kind !== 'folder' && (
          <PathField
            label={t(kind === 'checkpoint' ? 'library.adapterOptional' : 'library.adapterPath')}
            what="weights"
            value={adapter}
            onChange={setAdapter}
          />
        )}
        {problem !== '' && (
          <p className="row__note row__note--bad" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="button" disabled={busy || !ready}>
          {busy ? t('library.adding') : t('library.addNow')}
        </button>
      </form>
    </details>
  );
}
