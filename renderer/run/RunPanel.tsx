import { ArrowDown, ArrowUp, CircleAlert, Minus, Plus, Square, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { visibleBoxes } from '../editor/document.ts';
import { requestProblems } from '../editor/layoutIO.ts';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { isMac } from '../ui/platform.ts';
import type { LiveRun } from '../ui/state.ts';
import { setProperties } from '../ui/style.ts';
import { LossChart } from './LossChart.tsx';
import { PromptPanel } from './PromptPanel.tsx';
import { ResultFacts } from './ResultFacts.tsx';
import { RunFigure } from './RunFigure.tsx';
import { runProblem } from './runProblem.ts';
import { clock } from './timeLeft.ts';

const MAX_VARIATIONS = 16;

/** The right side: prompt, progress, queue, and the button. */
export function RunPanel(): ReactElement {
  const t = useT();
  return (
    <aside className="studio__right" aria-label={t('run.panel')}>
      <PromptPanel />
      <Queue />
      <Progress />
      <Go />
    </aside>
  );
}

/** Always as tall, whether something runs or not. */
function Progress(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const live = useStudioState((state) => state.live);
  const watching = useStudioState((state) => state.watching);
  return (
    <section className="panel" aria-label={t('run.progress')}>
      <div className="progress">
        {live === null ? (
          <ResultFacts />
        ) : (
          <>
            <div className="progress__line">
              <span className="progress__stage">
                {live.cancelling
                  ? t('run.cancelling')
                  : live.stage === null
                    ? t('run.starting')
                    : t(`stage.${live.stage}`)}
              </span>
              <Figures live={live} />
              {!watching && (
                <button
                  type="button"
                  className="button button--quiet button--small"
                  onClick={() => studio.set({ watching: true })}
                >
                  {t('run.watch')}
                </button>
              )}
              <button
                type="button"
                className="icon-button icon-button--small"
                aria-label={t('run.stop')}
                title={`${t('run.stop')}  ${displayShortcut('Mod+.', isMac)}`}
                disabled={live.cancelling}
                onClick={() => studio.runCommand('run.cancel')}
              >
                <Square size={13} fill="currentColor" />
              </button>
            </div>
            <div
              className="bar"
              role="progressbar"
              aria-label={t('run.progress')}
              aria-valuemin={0}
              aria-valuemax={live.steps}
              aria-valuenow={live.done}
            >
              <div
                className="bar__fill"
                ref={setProperties({ '--share': String(live.steps > 0 ? live.done / live.steps : 0) })}
              />
            </div>
            <LossChart losses={live.losses} steps={live.steps} />
          </>
        )}
      </div>
    </section>
  );
}

function Figures({ live }: { readonly live: LiveRun }): ReactElement {
  const t = useT();
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="progress__figures">
      {live.done > 0 && `${live.done}/${live.steps} · `}
      {live.left === null || live.done >= live.steps
        ? clock(Math.max(0, now - live.started))
        : t('run.left', { time: clock(live.left) })}
    </span>
  );
}

function Queue(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const jobs = useStudioState((state) => state.jobs);
  const waiting = jobs.filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) {
    return null;
  }
  return (
    <section className="panel panel--queue" aria-label={t('queue.title')}>
      <div className="panel__head">
        <h2 className="panel__title">
          {t('queue.title')} <span className="number">{waiting.length}</span>
        </h2>
        <button
          type="button"
          className="button button--quiet button--small"
          onClick={() => studio.runCommand('run.cancelAll')}
        >
          {t('queue.cancelAll')}
        </button>
      </div>
      <ol className="queue">
        {waiting.map((job, index) => (
          <li key={job.id} className="job">
            <span className="job__text" title={job.request.caption}>
              <span className="job__seed">{job.request.seed}</span> {job.request.caption}
            </span>
            <span className="toolbar">
              <button
                type="button"
                className="icon-button icon-button--small"
                aria-label={t('queue.earlier', { seed: job.request.seed })}
                disabled={index === 0}
                onClick={() => studio.attempt(() => studio.runs.move(job.id, index - 1))}
              >
                <ArrowUp size={14} />
              </button>
              <button
                type="button"
                className="icon-button icon-button--small"
                aria-label={t('queue.later', { seed: job.request.seed })}
                disabled={index === waiting.length - 1}
                onClick={() => studio.attempt(() => studio.runs.move(job.id, index + 1))}
              >
                <ArrowDown size={14} />
              </button>
              <button
                type="button"
                className="icon-button icon-button--small"
                aria-label={t('queue.cancel', { seed: job.request.seed })}
                onClick={() => studio.attempt(() => studio.runs.cancel(job.id))}
              >
                <X size={14} />
              </button>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Go(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const document = useEditorState((state) => state.settled);
  const variations = useStudioState((state) => state.variations);
  const models = useStudioState((state) => state.models);
  const busy = useStudioState((state) => state.jobs.length > 0);
  const connected = useStudioState((state) => state.connection === 'connected');
  const text = runProblem(document, models);
  const unnamed = requestProblems(document)[0]?.key.startsWith('problem.noPhrase') === true;
  const silent = unnamed ? visibleBoxes(document).find(({ phrase }) => phrase.trim() === '') : undefined;
  const vary = (step: number): void =>
    studio.set({ variations: Math.max(1, Math.min(MAX_VARIATIONS, variations + step)) });
  return (
    <div className="go">
      <p className="go__problem" id="run-problem">
        {text === '' ? (
          <RunFigure />
        ) : (
          <>
            <CircleAlert size={15} aria-hidden="true" />
            {silent === undefined ? (
              <span>{text}</span>
            ) : (
              <button
                type="button"
                className="button button--quiet go__fix"
                onClick={() => studio.editor.startEditing(silent.id)}
              >
                {text}
              </button>
            )}
          </>
        )}
      </p>
      <div className="go__row">
        <button
          type="button"
          className="button button--primary go__button"
          aria-describedby="run-problem"
          title={displayShortcut('Mod+Enter', isMac)}
          disabled={text !== '' || !connected}
          onClick={() => studio.runCommand('run.generate')}
        >
          {busy ? t('run.enqueue') : t('run.generate')}
        </button>
        <div className="stepper" role="group" aria-label={t('run.variations')} title={t('run.variations')}>
          <button
            type="button"
            className="icon-button"
            aria-label={t('run.fewer')}
            disabled={variations === 1}
            onClick={() => vary(-1)}
          >
            <Minus size={14} />
          </button>
          <output className="number" aria-label={t('run.variations')}>
            ×{variations}
          </output>
          <button
            type="button"
            className="icon-button"
            aria-label={t('run.more')}
            disabled={variations === MAX_VARIATIONS}
            onClick={() => vary(1)}
          >
            <Plus size={14} />
          </button>
        </div>
      </div>
    </div>
  );
}
