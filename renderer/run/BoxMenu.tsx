import { useCallback, useRef, useState, useSyncExternalStore } from 'react';
import type { MouseEvent, ReactElement, ReactNode } from 'react';
import { boxesAt } from '../editor/hitTest.ts';
import { screenPoint } from '../editor/coordinates.ts';
import { useStudio } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { Menu } from '../ui/Menu.tsx';
import { useCommandEntries } from '../ui/MenuBar.tsx';

/** Commands outside of the group `box` that a box's menu has, too: above its own, and among them. */
const FIRST = ['run.repaint'];
const ALSO = ['edit.duplicate', 'edit.delete'];

/** The canvas with the menu of the box under the pointer, made of the commands that there are for boxes. */
export function BoxMenu({ children }: { readonly children: ReactNode }): ReactElement {
  const { editor, commands } = useStudio();
  const t = useT();
  const all = useSyncExternalStore(commands.subscribe, commands.all);
  const toEntries = useCommandEntries();
  const anchor = useRef<HTMLSpanElement>(null);
  const canvas = useRef<HTMLElement | null>(null);
  const [open, setOpen] = useState<HTMLElement | null>(null);

  const close = useCallback((focus: boolean) => {
    setOpen(null);
    if (focus) {
      canvas.current?.focus({ preventScroll: true });
    }
  }, []);

  const onContextMenu = (event: MouseEvent<HTMLDivElement>): void => {
    const target = event.target instanceof Element ? event.target : null;
    const area = target?.closest<HTMLElement>('[data-layout-canvas]') ?? null;
    const spot = anchor.current;
    if (area === null || spot === null) {
      return;
    }
    canvas.current = area;
    const { left, top } = area.getBoundingClientRect();
    const point = editor.toShare(screenPoint(event.clientX - left, event.clientY - top));
    const { document, selection } = editor.getSnapshot();
    const pile = boxesAt(document, point);
    // A key opens the menu of what is selected; the pointer, of the topmost box under it.
    const box = pile.find((id) => selection.includes(id)) ?? pile[0];
    const byKey = event.button !== 2 && selection.length > 0;
    if (box === undefined && !byKey) {
      return;
    }
    if (box !== undefined && !selection.includes(box) && !byKey) {
      editor.select([box]);
    }
    spot.style.left = `${event.clientX}px`;
    spot.style.top = `${event.clientY}px`;
    setOpen(spot);
  };

  const offered = [
    ...all.filter(({ id }) => FIRST.includes(id)),
    ...all.filter(
      ({ id, group, keyboardOnly }) => (group === 'box' || ALSO.includes(id)) && keyboardOnly !== true,
    ),
  ];
  return (
    <div className="stage__canvas" onContextMenu={onContextMenu}>
      {children}
      <span ref={anchor} className="box-menu__spot" aria-hidden="true" />
      {open !== null && (
        <Menu label={t('boxMenu.title')} anchor={open} entries={toEntries(offered)} onClose={close} />
      )}
    </div>
  );
}
