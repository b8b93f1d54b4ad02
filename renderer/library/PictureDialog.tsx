import type { ReactElement } from 'react';
import { useStudio } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { DialogActions } from '../ui/DialogActions.tsx';
import { useT } from '../ui/i18n.ts';
import { setBackdropPicture } from './importFiles.ts';

interface Props {
  readonly upload: string;
  readonly file: File;
}

/** Asks what a dropped picture is for. */
export function PictureDialog({ upload, file }: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  const choose = (work: () => Promise<void>) => (): void => {
    studio.closeDialog();
    studio.attempt(work);
  };
  return (
    <Dialog title={t('picture.title')} size="narrow">
      <p className="cover__text">{t('picture.text', { name: file.name })}</p>
      <DialogActions label={t('picture.source')} onConfirm={choose(() => studio.sources.choose(file))}>
        <button type="button" className="button" onClick={choose(() => setBackdropPicture(studio, upload))}>
          {t('picture.use')}
        </button>
      </DialogActions>
    </Dialog>
  );
}
