import { useState } from 'react';
import type { ReactElement } from 'react';
import { useStudio, useStudioState } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { DialogActions } from '../ui/DialogActions.tsx';
import { errorText, useT } from '../ui/i18n.ts';

/** Asks for the name that the project goes on under. */
export function SaveAsDialog(): ReactElement {
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
            .catch((error: unknown) => setProblem(errorText(error)));
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
          data-first
          aria-invalid={problem !== ''}
          aria-describedby="save-as-problem"
          onChange={(event) => setName(event.target.value)}
        />
        <p id="save-as-problem" className="row__note row__note--bad" role="alert">
          {problem}
        </p>
        <DialogActions label={t('saveAs.save')} disabled={name.trim() === ''} />
      </form>
    </Dialog>
  );
}
