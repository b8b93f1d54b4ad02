import { FolderOpen, X } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { useStudio, useStudioState } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { useT } from '../ui/i18n.ts';

/** Commands that bring a project which is not in a list. */
const beginnings = ['file.new', 'file.openExample', 'file.importZip'] as const;

/** What can be opened: recent projects, and what else lies in the projects folder. */
export function ProjectsDialog(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const lists = useStudioState((state) => state.lists);
  const current = useStudioState((state) => state.project?.path);
  const recent = lists.recent.filter(({ path }) => path !== current);
  const known = new Set([...recent.map(({ path }) => path), current]);
  const others = lists.folder.filter(({ path }) => !known.has(path));
  const open = (path: string): void => {
    studio.closeDialog();
    studio.attempt(() => studio.projects.open(path));
  };
  return (
    <Dialog title={t('projects.title')}>
      <div className="cover__actions">
        {beginnings.map((id) => (
          <button
            key={id}
            type="button"
            className="button"
            onClick={() => {
              studio.closeDialog();
              studio.runCommand(id);
            }}
          >
            {t(`command.${id}`)}
          </button>
        ))}
      </div>
      <h3 className="section-title">{t('projects.recent')}</h3>
      {recent.length === 0 && <p className="label">{t('projects.noRecent')}</p>}
      <ul className="rows">
        {recent.map(({ path, name, opened }) => (
          <li key={path} className="row-with-action">
            <Row name={name} note={path} open={() => open(path)}>
              <span className="row__note">{new Date(opened).toLocaleDateString()}</span>
            </Row>
            <button
              type="button"
              className="icon-button"
              aria-label={t('projects.forget', { name })}
              title={t('projects.forgetTitle')}
              onClick={() => studio.attempt(() => studio.projects.forget(path))}
            >
              <X size={14} />
            </button>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h3 className="section-title">{t('projects.folder')}</h3>
          <ul className="rows">
            {others.map(({ path, name }) => (
              <li key={path}>
                <Row name={name} open={() => open(path)} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

interface RowProps {
  readonly name: string;
  readonly note?: string;
  readonly open: () => void;
  readonly children?: ReactNode;
}

/** A project that a click opens. */
function Row({ name, note, open, children }: RowProps): ReactElement {
  return (
    <button type="button" className="row" onClick={open}>
      <FolderOpen size={16} aria-hidden="true" />
      <span className="row__main">
        <span className="row__name">{name}</span>
        {note !== undefined && (
          <>
            <br />
            <span className="row__note">{note}</span>
          </>
        )}
      </span>
      {children}
    </button>
  );
}
