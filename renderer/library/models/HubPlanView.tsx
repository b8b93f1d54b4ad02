import { useState } from 'react';
import type { ReactElement } from 'react';
import type { HubPlan } from '../../../preload/contract/models.ts';
import { useStudio } from '../../ui/context.ts';
import { errorText, useT } from '../../ui/i18n.ts';
import { bytesText } from '../bytesText.ts';
import { isWeights, planTotals } from './planTotals.ts';

interface Props {
  readonly plan: HubPlan;
  readonly onStarted: () => void;
}

/** What would be downloaded: licence, files and sizes, before anything is. */
export function HubPlanView({ plan, onStarted }: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  const proposal = plan.files.filter(({ chosen }) => chosen).map(({ path }) => path);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(proposal));
  const [problem, setProblem] = useState('');
  const { bytes, toCome, fits } = planTotals(plan, chosen);
  const { name, revision, licence, gated } = plan.repository;
  const toggle = (path: string): void => {
    const next = new Set(chosen);
    if (!next.delete(path)) next.add(path);
    setChosen(next);
  };
  const start = async (): Promise<void> => {
    setProblem('');
    try {
      await studio.library.hub.start(plan.plan, [...chosen]);
      onStarted();
    } catch (error) {
      setProblem(errorText(error));
    }
  };
  return (
    <div className="hub__plan" role="group" aria-label={name}>
      <dl className="facts">
        <dt>{t('hub.repository')}</dt>
        <dd>
          {name} @ {revision.slice(0, 12)}
        </dd>
        <dt>{t('hub.licence')}</dt>
        <dd>
          {licence ?? t('library.noLicence')}
          {gated && ` (${t('hub.gated')})`}
        </dd>
        <dt>{t('library.place')}</dt>
        <dd>{plan.folder}</dd>
      </dl>
      {plan.problem !== null && <p className="row__note">{t('hub.pickFiles', { problem: plan.problem })}</p>}
      {plan.notes.map((note) => (
        <p key={note} className="row__note">
          {note}
        </p>
      ))}
      <ul className="hub__files" aria-label={t('library.files')}>
        {plan.files
          .filter(({ path, chosen: proposed }) => proposed || isWeights(path))
          .map((file) => (
            <li key={file.path}>
              <label className="hub__file">
                <input type="checkbox" checked={chosen.has(file.path)} onChange={() => toggle(file.path)} />
                <span className="files__path">{file.path}</span>
                <span className="number">{bytesText(file.bytes)}</span>
              </label>
            </li>
          ))}
      </ul>
      <p className={`row__note${fits ? '' : ' row__note--bad'}`} role="status">
        {t(fits ? 'hub.total' : 'hub.noRoom', {
          total: bytesText(bytes),
          toCome: bytesText(toCome),
          free: bytesText(plan.freeBytes),
        })}
      </p>
      {problem !== '' && (
        <p className="row__note row__note--bad" role="alert">
          {problem}
        </p>
      )}
      <button
        type="button"
        className="button button--primary"
        disabled={chosen.size === 0 || !fits}
        onClick={() => void start()}
      >
        {t('hub.start', { size: bytesText(toCome) })}
      </button>
    </div>
  );
}
