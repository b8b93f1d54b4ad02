import { BoxSelect } from 'lucide-react';
import type { ReactElement } from 'react';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { suggestedInstances } from './bornLayout.ts';

/** Offers to make the layout that an image from a prompt alone was born with. */
export function MaskSuggestion(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  useEditorState((state) => state.document.boxes);
  useStudioState((state) => (state.shown === null ? undefined : state.loaded[state.shown]));
  const watching = useStudioState((state) => state.watching && state.live !== null);
  const count = suggestedInstances(studio).length;
  if (count === 0 || watching) {
    return null;
  }
  return (
    <button
      type="button"
      className="button stage__suggestion"
      onClick={() => studio.runCommand('run.masksToBoxes')}
    >
      <BoxSelect size={15} aria-hidden="true" />
      {t(count === 1 ? 'run.masksToBoxesOne' : 'run.masksToBoxes', { count })}
    </button>
  );
}
