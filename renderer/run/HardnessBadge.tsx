import { useMemo } from 'react';
import type { ReactElement } from 'react';
import { boxById } from '../editor/document.ts';
import { layoutHardness, similarityOf } from '../editor/hardness.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { hardnessLevel } from './hardnessLevel.ts';

/** How hard the layout is to keep apart, and which pair makes it so; a click selects that pair. */
export function HardnessBadge(): ReactElement | null {
  const { editor } = useStudio();
  const t = useT();
  const document = useEditorState((state) => state.settled);
  const cosines = useStudioState((state) => state.cosines);
  const hardness = useMemo(() => layoutHardness(document, similarityOf(cosines)), [document, cosines]);
  const { worst, score } = hardness;
  if (worst === null) {
    return null;
  }
  const level = hardnessLevel(score);
  const name = (id: string): string => boxById(document, id)?.phrase || t('layers.noPhrase');
  const pair = `${name(worst.a)} × ${name(worst.b)}`;
  return (
    <button
      type="button"
      className="hardness"
      title={t('hardness.explained', { pair, iou: worst.iou.toFixed(2) })}
      onClick={() => editor.select([worst.a, worst.b])}
    >
      <span className="hardness__bars" aria-hidden="true">
        {[1, 2, 3].map((bar) => (
          <i key={bar} data-on={bar <= level} />
        ))}
      </span>
      {t(`hardness.level${level}`)} <span className="number">{score.toFixed(2)}</span>
      <span className="hardness__pair">{pair}</span>
    </button>
  );
}
