import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { ModelFacts, ModelInfo } from '../../../preload/contract/models.ts';
import { useStudio, useStudioState } from '../../ui/context.ts';
import { errorText, useT } from '../../ui/i18n.ts';
import { bytesText } from '../bytesText.ts';
import { ProgressLine } from '../ProgressLine.tsx';
import { GapList } from './GapList.tsx';

/** Where a model lies, its files with their hashes, and the tensors that are missing. */
export function ModelDetails({ model }: { readonly model: ModelInfo }): ReactElement {
  const studio = useStudio();
  const t = useT();
  const [facts, setFacts] = useState<ModelFacts | null>(null);
  const [problem, setProblem] = useState('');
  const verification = useStudioState((state) => state.verifications[model.id]);
  const state = verification?.state;
  useEffect(() => {
    let wanted = true;
    studio.library.facts(model.id).then(
      (found) => wanted && setFacts(found),
      (error: unknown) => wanted && setProblem(errorText(error)),
    );
    return () => {
      wanted = false;
    };
    // Again when hashing has ended: the hashes are known then.
  }, [studio, model.id, state]);
  return (
    <div className="model__details">
      <dl className="facts">
        <dt>{t('library.kindTitle')}</dt>
        <dd>
          {t(`library.kind.${model.kind}`)}, {t(`library.origin.${model.origin}`)}
        </dd>
        <dt>{t('library.place')}</dt>
        <dd>{model.path}</dd>
        {model.adapter !== null && (
          <>
            <dt>{t('library.adapter')}</dt>
            <dd>{model.adapter}</dd>
          </>
        )}
        {model.repository !== null && (
          <>
            <dt>{t('hub.repository')}</dt>
            <dd>
              {model.repository.name} @ {model.repository.revision.slice(0, 12)}
            </dd>
          </>
        )}
      </dl>
      {problem !== '' && (
        <p className="row__note row__note--bad" role="alert">
          {problem}
        </p>
      )}
      {facts !== null && facts.gaps.length > 0 && <GapList gaps={facts.gaps} />}
      {facts !== null && facts.files.length > 0 && (
        <>
          <table className="files">
            <caption className="label">{t('library.files')}</caption>
            <tbody>
              {facts.files.map(({ path, bytes, sha256 }) => (
                <tr key={path}>
                  <td className="files__path">{path}</td>
                  <td className="number">{bytesText(bytes)}</td>
                  <td className="files__hash">{sha256 ?? t('library.noHash')}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {verification?.state === 'running' ? (
            <ProgressLine
              label={t('library.hashing')}
              done={verification.doneBytes}
              total={verification.totalBytes}
              text={`${bytesText(verification.doneBytes)} / ${bytesText(verification.totalBytes)}`}
            >
              <button
                type="button"
                className="button button--small"
                onClick={() => studio.attempt(() => studio.library.cancelVerify(model.id))}
              >
                {t('action.cancel')}
              </button>
            </ProgressLine>
          ) : (
            <p className="model__verify">
              <button
                type="button"
                className="button button--small"
                disabled={model.problem !== null}
                onClick={() => studio.attempt(() => studio.library.verify(model.id))}
              >
                {t('library.verify')}
              </button>{' '}
              <span role="status" className={`row__note${state === 'failed' ? ' row__note--bad' : ''}`}>
                {state === 'failed' && verification?.message}
                {state === 'done' && t('library.verified')}
              </span>
            </p>
          )}
        </>
      )}
    </div>
  );
}
