import type { ReactElement } from 'react';
import { HistoryStrip } from '../history/HistoryStrip.tsx';
import { Dialogs } from '../library/Dialogs.tsx';
import { RunPanel } from '../run/RunPanel.tsx';
import { Stage } from '../run/Stage.tsx';
import { StudioContext, useStudioState } from './context.ts';
import { Cover } from './Cover.tsx';
import { useT } from './i18n.ts';
import { LayerPanel } from './LayerPanel.tsx';
import type { Studio } from './studio.ts';
import { TitleBar } from './TitleBar.tsx';
import { Toasts } from './Toasts.tsx';

export function App({ studio }: { readonly studio: Studio }): ReactElement {
  return (
    <StudioContext value={studio}>
      <Window />
    </StudioContext>
  );
}

function Window(): ReactElement {
  const t = useT();
  const boot = useStudioState((state) => state.boot);
  const dropping = useStudioState((state) => state.dropping);
  const announcement = useStudioState((state) => state.announcement);
  if (boot !== 'open') {
    return (
      <>
        <Cover />
        <Toasts />
      </>
    );
  }
  return (
    <div className="studio">
      <h1 className="visually-hidden">ISAC Studio</h1>
      <TitleBar />
      <LayerPanel />
      <Stage />
      <HistoryStrip />
      <RunPanel />
      <Dialogs />
      <Toasts />
      <div className="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </div>
      {dropping && <div className="drop">{t('drop.text')}</div>}
    </div>
  );
}
