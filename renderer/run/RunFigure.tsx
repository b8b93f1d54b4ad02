import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { Estimate } from '../../preload/contract/measured.ts';
import { documentToRequest } from '../editor/layoutIO.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { estimateText } from './estimateText.ts';

/** Changes in quick succession are asked about once. */
const DELAY_MS = 250;

/** What the next run will cost by earlier runs on this machine. Nothing is shown before one like it was measured. */
export function RunFigure(): ReactElement | null {
  const t = useT();
  const variations = useStudioState((state) => state.variations);
  const figure = useEstimate();
  if (figure === null) {
    return null;
  }
  return (
    <span
      className="go__figure number"
      title={t('run.aboutHint', { runs: figure.runs, device: figure.device })}
    >
      {estimateText(figure, variations, t)}
    </span>
  );
}

function useEstimate(): Estimate | null {
  const { api } = useStudio();
  const document = useEditorState((state) => state.settled);
  const idle = useStudioState((state) => state.jobs.length === 0);
  const connected = useStudioState((state) => state.connection === 'connected');
  const devices = useStudioState((state) => state.devices);
  const [figure, setFigure] = useState<Estimate | null>(null);
  useEffect(() => {
    let wanted = true;
    const ask = async (): Promise<Estimate | null> => {
      const outcome = documentToRequest(document);
      return outcome.ok && connected ? api.call('runs.estimate', { request: outcome.value }) : null;
    };
    const timer = setTimeout(() => {
      // A figure that cannot be had is left out; the run itself says what is wrong.
      ask().then(
        (found) => wanted && setFigure(found),
        () => wanted && setFigure(null),
      );
    }, DELAY_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
    // `idle` and `devices`: after a run more is known, and another setting costs another time.
  }, [api, document, idle, connected, devices]);
  return figure;
}
