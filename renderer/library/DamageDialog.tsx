import type { ReactElement } from 'react';
import { useStudio, useStudioState } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { DialogActions } from '../ui/DialogActions.tsx';
import { useT } from '../ui/i18n.ts';

/** What of the project could not be read. */
export function DamageDialog(): ReactElement {
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
              {!one.message.includes(one.file) && (
                <>
                  <br />
                  <span className="row__note">{one.file}</span>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <DialogActions label={t('action.ok')} cancel={false} onConfirm={() => studio.closeDialog()} />
    </Dialog>
  );
}
