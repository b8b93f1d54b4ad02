import { useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { moveToIndex, restack } from '../editor/document.ts';
import { useEditorState, useStudio, useStudioState } from './context.ts';
import { useT } from './i18n.ts';
import { LayerRow } from './LayerRow.tsx';

/**
 * The boxes from the top to the bottom, as a grid of rows: arrows walk, Shift extends, Alt moves a box in the order,
 * every other key is the canvas's own (Enter, Delete, L, H, B...).
 */
export function LayerList(): ReactElement {
  const studio = useStudio();
  const { editor } = studio;
  const t = useT();
  const boxes = useEditorState((state) => state.document.boxes);
  const bind = useEditorState((state) => state.document.bind);
  const selection = useEditorState((state) => state.selection);
  const highlight = useStudioState((state) => state.highlight);
  const [renaming, setRenaming] = useState<string | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [drop, setDrop] = useState<{ id: string; after: boolean } | null>(null);
  const dragged = useRef<string | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const rows = [...boxes].reverse();
  const active = rows.find(({ id }) => id === current)?.id ?? selection.at(-1) ?? rows[0]?.id;

  const focusRow = (id: string | undefined): void => {
    if (id !== undefined) {
      setCurrent(id);
      grid.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus();
    }
  };
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
    if (row === null || id === undefined || target.matches('input')) {
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
          onRename={(on) => {
            setRenaming(on ? box.id : null);
            if (!on) {
              requestAnimationFrame(() => focusRow(box.id));
            }
          }}
          onFocus={() => setCurrent(box.id)}
          onDragStart={() => {
            dragged.current = box.id;
          }}
          onDragOver={(after) => {
            if (dragged.current !== null && (drop?.id !== box.id || drop.after !== after)) {
              setDrop({ id: box.id, after });
            }
          }}
          onDragEnd={(dropped) => {
            const id = dragged.current;
            if (dropped && id !== null && drop !== null) {
              const others = boxes.filter((other) => other.id !== id);
              const below = others.findIndex((other) => other.id === drop.id);
              if (below !== -1) {
                editor.edit('step.restack', (document) =>
                  moveToIndex(document, id, below + (drop.after ? 0 : 1)),
                );
              }
            }
            dragged.current = null;
            setDrop(null);
          }}
        />
      ))}
    </div>
  );
}
