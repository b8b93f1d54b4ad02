import { CircleAlert, Cloud, Command as CommandIcon, Cpu, LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useEditorState, useStudio, useStudioState } from './context.ts';
import { saidText, useT } from './i18n.ts';
import { MenuBar } from './MenuBar.tsx';
import { isMac } from './platform.ts';

/** Menus, the project's name and whether it is saved, the model. */
export function TitleBar(): ReactElement {
  const studio = useStudio();
  const t = useT();
  return (
    <header className="studio__bar">
      <MenuBar />
      <ProjectTitle />
      <ModelChip />
      <button
        type="button"
        className="icon-button"
        aria-label={t('palette.title')}
        title={`${t('palette.title')}  ${displayShortcut('Mod+K', isMac)}`}
        onClick={() => studio.open({ kind: 'palette' })}
      >
        <CommandIcon size={16} />
      </button>
    </header>
  );
}

function ProjectTitle(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const project = useStudioState((state) => state.project);
  const closed = useStudioState((state) => state.closed !== null);
  const [draft, setDraft] = useState<string | null>(null);
  const percent = useStudioState(({ live }) =>
    live === null || live.steps === 0 ? null : Math.floor((100 * live.done) / live.steps),
  );
  const name = project === null ? 'ISAC Studio' : `${project.name} – ISAC Studio`;
  // First, where a narrow tab and the task bar still show it.
  const title = percent === null ? name : `${percent} % – ${name}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  if (project === null) {
    return <div className="project" />;
  }
  return (
    <div className="project">
      <input
        className="project__name"
        aria-label={t('project.name')}
        title={project.path}
        value={draft ?? project.name}
        maxLength={60}
        spellCheck={false}
        readOnly={project.readOnly || closed}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => {
          if (draft !== null) {
            setDraft(null);
            studio.attempt(() => studio.projects.rename(draft));
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.currentTarget.blur();
          } else if (event.key === 'Escape') {
            setDraft(null);
            event.stopPropagation();
          }
        }}
      />
      <SaveIndicator />
    </div>
  );
}

function SaveIndicator(): ReactElement {
  const t = useT();
  const save = useStudioState((state) => state.save);
  const readOnly = useStudioState((state) => state.project?.readOnly === true || state.closed !== null);
  const connected = useStudioState((state) => state.connection === 'connected');
  const pending = save?.state === 'pending';
  if (readOnly) {
    return <span className="project__save">{t('save.readOnly')}</span>;
  }
  if (save?.state === 'failed') {
    return (
      <span className="project__save project__save--failed" title={saidText(save)}>
        <CircleAlert size={13} /> {t('save.failed')}
      </span>
    );
  }
  if (pending && !connected) {
    // The banner says why, and what becomes of it.
    return (
      <span className="project__save project__save--failed">
        <CircleAlert size={13} /> {t('save.failed')}
      </span>
    );
  }
  return (
    <span className="project__save" data-save={save?.state ?? 'saved'}>
      {pending ? <LoaderCircle size={13} /> : <Cloud size={13} />}
      {t(pending ? 'save.pending' : 'save.saved')}
    </span>
  );
}

function ModelChip(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const id = useEditorState((state) => state.document.settings.model);
  const models = useStudioState((state) => state.models);
  const model = models?.find((one) => one.id === id);
  const bad = models !== null && (model === undefined || model.problem !== null);
  return (
    <button
      type="button"
      className={`chip${bad ? ' chip--alert' : ''}`}
      title={model?.problem ?? t('library.title')}
      onClick={() => studio.open({ kind: 'library' })}
    >
      <Cpu size={14} aria-hidden="true" />
      <span className="chip__text">{model?.name ?? (bad ? t('library.missing') : id)}</span>
    </button>
  );
}
