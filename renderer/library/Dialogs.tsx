import type { ReactElement } from 'react';
import { DifferencesDialog } from '../history/DifferencesDialog.tsx';
import { CommandPalette } from '../ui/CommandPalette.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { ShortcutSheet } from '../ui/ShortcutSheet.tsx';
import { AboutDialog } from './AboutDialog.tsx';
import { CocoDialog } from './CocoDialog.tsx';
import { DamageDialog } from './DamageDialog.tsx';
import { LibraryDialog } from './LibraryDialog.tsx';
import { PictureDialog } from './PictureDialog.tsx';
import { ProjectsDialog } from './ProjectsDialog.tsx';
import { SaveAsDialog } from './SaveAsDialog.tsx';

/** The dialog that is open, if any. */
export function Dialogs(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
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
    case 'differences':
      return <DifferencesDialog a={dialog.a} b={dialog.b} />;
    case 'locked':
      return (
        <ConfirmDialog
          title={t('locked.title')}
          text={[dialog.message, t('locked.text')]}
          label={t('locked.force')}
          tone="danger"
          work={() => studio.projects.open(dialog.path, true)}
        />
      );
    case 'coco':
      return <CocoDialog upload={dialog.upload} name={dialog.name} images={dialog.images} />;
    case 'picture':
      return <PictureDialog upload={dialog.upload} file={dialog.file} />;
  }
}
