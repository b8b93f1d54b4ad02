import { useEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { moveToIndex, restack } from '../editor/document.ts';
import type { Editor } from '../editor/editor.ts';
import { useEditorState, useStudio, useStudioState } from './context.ts';
import { useT } from './i18n.ts';
import { LayerRow } from './LayerRow.tsx';
import type { LayerActions } from './LayerRow.tsx';

/**
 * The boxes from the top to the bottom, as a grid of rows: arrows walk, Shift extends, Alt moves a box in the order,
 * every other key is the canvas's own (Enter, Delete, L, H, B...).
 */
export function LayerList(): ReactElement {
  const studio = useStudio();
  const { editor } = studio;
  const t = useT();
  const boxes = useEditorState((state) => state.settled.boxes);
  const bind = useEditorState((state) => state.settled.bind);
  const selection = useEditorState((state) => state.selection);
  const highlight = useStudioState((state) => state.highlight);
  const [renaming, setRenaming] = useState<string | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [drop, setDrop] = useState<DropPlace | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const rows = [...boxes].reverse();
  const active = rows.find(({ id }) => id === current)?.id ?? selection.at(-1) ?? rows[0]?.id;

  const focusRow = (id: string | undefined): void => {
    if (id !== undefined) {
      setCurrent(id);
      grid.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
    }
  };
  const actions = useMemo(
    () =>
      layerActions({
        show: setDrop,
        current: setCurrent,
        rename: setRenaming,
        drop: (id, over) => dropBox(editor, id, over),
      }),
    [editor],
  );
  const edited = useRef<string | null>(null);
  useEffect(() => {
    // The field is gone and with it the focus, unless it went elsewhere by itself.
    if (renaming === null && edited.current !== null && document.activeElement === document.body) {
      focusActive(grid.current);
    }
    edited.current = renaming;
  }, [renaming]);
  const announceOrder = (id: string): void => {
    const { document } = editor.getSnapshot();
    const index = document.boxes.findIndex((box) => box.id === id);
    const box = document.boxes[index];
    studio.announce(
      t('layers.moved', {
        name: box?.phrase || t('layers.noPhrase'),
        place: document.boxes.length - index,
        count: document.boxes.length,
      }),
    );
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[data-row]');
    const id = row?.dataset['row'];
    // With Ctrl every key is a command's: Ctrl+Enter runs, it does not rename.
    if (row === null || id === undefined || target.matches('input') || event.ctrlKey || event.metaKey) {
      return;
    }
    const cells = [row, ...row.querySelectorAll<HTMLElement>('.layer__swatch, .layer__flag')];
    const at = rows.findIndex((box) => box.id === id);
    const used = ((): boolean => {
      switch (event.key) {
        case 'ArrowDown':
        case 'ArrowUp': {
          const step = event.key === 'ArrowDown' ? 1 : -1;
          if (event.altKey) {
            editor.edit('step.restack', (document) =>
              restack(document, [id], step === 1 ? 'backward' : 'forward'),
            );
            announceOrder(id);
            requestAnimationFrame(() => focusRow(id));
            return true;
          }
          const next = rows[at + step]?.id;
          if (next !== undefined) {
            editor.select(event.shiftKey ? [...selection.filter((other) => other !== next), next] : [next]);
            focusRow(next);
          }
          return true;
        }
        case 'Home':
        case 'End': {
          const next = rows.at(event.key === 'Home' ? 0 : -1)?.id;
          if (next !== undefined) {
            editor.select([next]);
            focusRow(next);
          }
          return true;
        }
        case 'ArrowRight':
        case 'ArrowLeft': {
          const index = cells.indexOf(target) + (event.key === 'ArrowRight' ? 1 : -1);
          cells[Math.max(0, Math.min(index, cells.length - 1))]?.focus();
          return true;
        }
        case 'Enter':
        case 'F2':
          if (target !== row) {
            event.stopPropagation();
            return false;
          }
          editor.select([id]);
          setRenaming(id);
          return true;
        case ' ':
          if (target === row) {
            editor.select(
              selection.includes(id) ? selection.filter((other) => other !== id) : [...selection, id],
            );
            return true;
          }
          event.stopPropagation();
          return false;
        default:
          return false;
      }
    })();
    if (used) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  if (rows.length === 0) {
    return (
      <div className="layers">
        <p className="layers__empty">{t('layers.empty')}</p>
      </div>
    );
  }
  return (
    <div
      ref={grid}
      className="layers"
      role="grid"
      aria-label={t('layers.title')}
      aria-multiselectable="true"
      aria-rowcount={rows.length}
      data-layout-canvas=""
      onKeyDown={onKeyDown}
      onPointerLeave={() => studio.light(null)}
    >
      {rows.map((box, index) => (
        <LayerRow
          key={box.id}
          box={box}
          number={index + 1}
          selected={selection.includes(box.id)}
          tabbable={box.id === active}
          lit={highlight === box.id}
          bound={bind.some((pair) => pair.includes(box.id))}
          renaming={renaming === box.id}
          drop={drop?.id === box.id ? (drop.after ? 'after' : 'before') : null}
          actions={actions}
        />
      ))}
    </div>
  );
}

/** The row that was edited keeps the focus, or the keyboard would be lost. */
function focusActive(grid: HTMLElement | null): void {
  grid?.querySelector<HTMLElement>('[data-row][tabindex="0"]')?.focus();
}

/** The list runs from the top, the document from the bottom: after a row means below its box. */
function dropBox(editor: Editor, id: string, over: DropPlace): void {
  editor.edit('step.restack', (document) => {
    const others = document.boxes.filter((other) => other.id !== id);
    const at = others.findIndex((other) => other.id === over.id);
    return at === -1 ? document : moveToIndex(document, id, at + (over.after ? 0 : 1));
  });
}

interface DropPlace {
  readonly id: string;
  readonly after: boolean;
}

interface ActionTargets {
  readonly show: (place: DropPlace | null) => void;
  readonly current: (id: string) => void;
  readonly rename: (id: string | null) => void;
  readonly drop: (id: string, over: DropPlace) => void;
}

/** What rows call: the same object for all of them and for good, so that a row draws again only when it changes. */
function layerActions(targets: ActionTargets): LayerActions {
  let dragged: string | null = null;
  let over: DropPlace | null = null;
  const show = (place: DropPlace | null): void => {
    over = place;
    targets.show(place);
  };
  return {
    rename: targets.rename,
    focused: targets.current,
    dragStart: (id) => {
      dragged = id;
    },
    dragOver: (id, after) => {
      if (dragged !== null && (over?.id !== id || over.after !== after)) {
        show({ id, after });
      }
    },
    dragEnd: (dropped) => {
      if (dropped && dragged !== null && over !== null) {
        targets.drop(dragged, over);
      }
      dragged = null;
      show(null);
    },
  };
}
