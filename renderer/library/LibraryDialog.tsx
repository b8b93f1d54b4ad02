import type { ReactElement } from 'react';
import { Dialog } from '../ui/Dialog.tsx';
import { useT } from '../ui/i18n.ts';
import { DeviceList } from './DeviceList.tsx';
import { AddModel } from './models/AddModel.tsx';
import { HubDownloads } from './models/HubDownloads.tsx';
import { ModelRows } from './models/ModelRows.tsx';
import { ProgramChoices } from './ProgramChoices.tsx';

/** Models, devices, and what the user chooses for the program. */
export function LibraryDialog(): ReactElement {
  const t = useT();
  return (
    <Dialog title={t('library.title')} size="wide">
      <ModelRows />
      <AddModel />
      <HubDownloads />
      <DeviceList />
      <ProgramChoices />
    </Dialog>
  );
}
