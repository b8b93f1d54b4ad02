import { MoveHorizontal } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { toScreenRect } from '../canvas/screenRect.ts';
import { useEditorState, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';

/** Two results in one frame, parted by a line that the pointer or the arrows move. */
export function CompareView(): ReactElement | null {
  const t = useT();
  const results = useStudioState((state) => state.results);
  const shown = useStudioState((state) => state.shown);
  const compare = useStudioState((state) => state.compare);
  const watching = useStudioState((state) => state.watching && state.live !== null);
  const viewport = useEditorState((state) => state.viewport);
  const width = useEditorState((state) => state.document.width);
  const height = useEditorState((state) => state.document.height);
  const [split, setSplit] = useState(0.5);
  const ref = useRef<HTMLDivElement>(null);
  const left = results.find(({ id }) => id === shown);
  const right = results.find(({ id }) => id === compare);
  const visible = !watching && left !== undefined && right !== undefined;

  useLayoutEffect(() => {
    const element = ref.current;
    if (element !== null) {
      const rect = toScreenRect([0, 0, 1, 1], viewport, { width, height });
      element.style.left = `${rect.x}px`;
      element.style.top = `${rect.y}px`;
      element.style.width = `${rect.width}px`;
      element.style.height = `${rect.height}px`;
      element.style.setProperty('--split', String(split));
    }
  }, [viewport, width, height, split, visible]);

  if (!visible) {
    return null;
  }
  const name = (entry: typeof left): string =>
    `${t(`isac.${entry.request.isac.method}Short`)} · ${t('facts.seed', { seed: entry.request.seed })}`;
  return (
    <div ref={ref} className="compare">
      {left.image !== null && <img className="compare__whole" src={left.image} alt="" />}
      {right.image !== null && <img className="compare__image" src={right.image} alt="" />}
      <div className="compare__line">
        <span className="compare__grip">
          <MoveHorizontal size={16} aria-hidden="true" />
        </span>
      </div>
      <span className="compare__tag compare__tag--left">{name(left)}</span>
      <span className="compare__tag compare__tag--right">{name(right)}</span>
      <input
        className="compare__slider"
        type="range"
        min={0}
        max={1}
        step={0.005}
        value={split}
        aria-label={t('compare.slider', { left: name(left), right: name(right) })}
        onChange={(event) => setSplit(Number(event.target.value))}
      />
    </div>
  );
}
