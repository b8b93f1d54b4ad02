import { useState } from 'react';
import type { ReactElement } from 'react';
import { CommandPalette } from '../ui/CommandPalette.tsx';
import { useStudio, useStudioState } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { useT } from '../ui/i18n.ts';
import { ShortcutSheet } from '../ui/ShortcutSheet.tsx';
import { DifferencesDialog } from '../history/DifferencesDialog.tsx';
import { setBackdropPicture } from './importFiles.ts';
import { LibraryDialog } from './LibraryDialog.tsx';
import { ProjectsDialog } from './ProjectsDialog.tsx';

/** The dialog that is open, if any. */
export function Dialogs(): ReactElement | null {
  const dialog = useStudioState((state) => state.dialog);
  switch (dialog?.kind) {
    case undefined:
      return null;
    case 'palette':
      return <CommandPalette />;
    case 'shortcuts':
      return <ShortcutSheet />;
    case 'library':
      return <LibraryDialog />;
    case 'projects':
      return <ProjectsDialog />;
    case 'about':
      return <AboutDialog />;
    case 'saveAs':
      return <SaveAsDialog />;
    case 'damage':
      return <DamageDialog />;
    case 'locked':
      return <LockedDialog path={dialog.path} message={dialog.message} />;
    case 'picture':
      return <PictureDialog upload={dialog.upload} name={dialog.name} />;
    case 'differences':
      return <DifferencesDialog a={dialog.a} b={dialog.b} />;
  }
}

function AboutDialog(): ReactElement {
  const t = useT();
  const info = useStudioState((state) => state.info);
  return (
    <Dialog title="ISAC Studio" size="narrow">
      <p className="cover__text">{t('about.text')}</p>
      <dl className="facts">
        <dt>ISAC Studio</dt>
        <dd>{info?.version}</dd>
        {Object.entries(info?.versions ?? {}).map(([name, version]) => (
          <FactRow key={name} name={name} value={version} />
        ))}
      </dl>
    </Dialog>
  );
}

function FactRow({ name, value }: { readonly name: string; readonly value: string }): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function SaveAsDialog(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const folder = useStudioState((state) => state.info?.projectsFolder ?? '');
  const [name, setName] = useState(studio.state.project?.name ?? '');
  const [problem, setProblem] = useState('');
  return (
    <Dialog title={t('saveAs.title')} size="narrow">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          studio.projects
            .saveAs(name.trim())
            .then(() => studio.closeDialog())
            .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
        }}
      >
        <label className="label" htmlFor="save-as-name">
          {t('saveAs.name', { folder })}
        </label>
        <input
          id="save-as-name"
          className="field"
          value={name}
          maxLength={60}
          autoFocus
          aria-invalid={problem !== ''}
          aria-describedby="save-as-problem"
          onChange={(event) => setName(event.target.value)}
        />
        <p id="save-as-problem" className="row__note row__note--bad" role="alert">
          {problem}
        </p>
        <div className="dialog__actions">
          <button type="button" className="button" onClick={() => studio.closeDialog()}>
            {t('action.cancel')}
          </button>
          <button type="submit" className="button button--primary" disabled={name.trim() === ''}>
            {t('saveAs.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function DamageDialog(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const damage = useStudioState((state) => state.project?.damage ?? []);
  return (
    <Dialog title={t('damage.title')}>
      <p className="cover__text">{t('damage.text')}</p>
      <ul className="rows">
        {damage.map((one, index) => (
          <li key={index} className="row">
            <span className="row__main">
              {one.message}
              <br />
              <span className="row__note">{one.file}</span>
            </span>
          </li>
        ))}
      </ul>
      <div className="dialog__actions">
        <button type="button" className="button button--primary" onClick={() => studio.closeDialog()}>
          {t('action.ok')}
        </button>
      </div>
    </Dialog>
  );
}

function LockedDialog({ path, message }: { readonly path: string; readonly message: string }): ReactElement {
  const studio = useStudio();
  const t = useT();
  return (
    <Dialog title={t('locked.title')} size="narrow">
      <p className="cover__text">{message}</p>
      <p className="cover__text">{t('locked.text')}</p>
      <div className="dialog__actions">
        <button type="button" className="button" onClick={() => studio.closeDialog()}>
          {t('action.cancel')}
        </button>
        <button
          type="button"
          className="button button--danger"
          onClick={() => {
            studio.closeDialog();
            studio.attempt(() => studio.projects.open(path, true));
          }}
        >
          {t('locked.force')}
        </button>
      </div>
    </Dialog>
  );
}

function PictureDialog({ upload, name }: { readonly upload: string; readonly name: string }): ReactElement {
  const studio = useStudio();
  const t = useT();
  return (
    <Dialog title={t('picture.title')} size="narrow">
      <p className="cover__text">{t('picture.text', { name })}</p>
      <div className="dialog__actions">
        <button type="button" className="button" onClick={() => studio.closeDialog()}>
          {t('action.cancel')}
        </button>
        <button
          type="button"
          className="button button--primary"
          onClick={() => {
            studio.closeDialog();
            studio.attempt(() => setBackdropPicture(studio, upload));
          }}
        >
          {t('picture.use')}
        </button>
      </div>
    </Dialog>
  );
}
