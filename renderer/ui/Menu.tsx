import { Check } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';

export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly keys?: string;
  readonly enabled: boolean;
  readonly checked?: boolean | undefined;
  /** A line above it. */
  readonly separated?: boolean;
  readonly run: () => void;
}

interface Props {
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  /** The button that it hangs under. */
  readonly anchor: HTMLElement;
  readonly onClose: (focusAnchor: boolean) => void;
  /** Left and right at the ends: the neighbouring menu of a menu bar. */
  readonly onSide?: (step: 1 | -1) => void;
}

/** A menu as the WAI-ARIA practices describe it: arrows, Home, End, first letters, Escape. */
export function Menu({ label, entries, anchor, onClose, onSide }: Props): ReactElement {
  const ref = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const menu = ref.current;
    if (menu === null) {
      return;
    }
    const from = anchor.getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const below = from.bottom + 3 + height <= window.innerHeight;
    menu.style.left = `${Math.max(8, Math.min(from.left, window.innerWidth - width - 8))}px`;
    menu.style.top = `${below ? from.bottom + 3 : Math.max(8, from.top - height - 3)}px`;
    items(menu)[0]?.focus();
  }, [anchor]);

  useEffect(() => {
    const outside = (event: PointerEvent): void => {
      const target = event.target as Node;
      if (!ref.current?.contains(target) && !anchor.contains(target)) {
        onClose(false);
      }
    };
    window.addEventListener('pointerdown', outside, true);
    return () => window.removeEventListener('pointerdown', outside, true);
  }, [anchor, onClose]);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const all = items(event.currentTarget);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const focus = (index: number): void => all[(index + all.length) % all.length]?.focus();
    switch (event.key) {
      case 'ArrowDown':
        focus(at + 1);
        break;
      case 'ArrowUp':
        focus(at - 1);
        break;
      case 'Home':
        focus(0);
        break;
      case 'End':
        focus(-1);
        break;
      case 'Escape':
        onClose(true);
        break;
      case 'Tab':
        onClose(false);
        return;
      case 'ArrowLeft':
        onSide?.(-1);
        break;
      case 'ArrowRight':
        onSide?.(1);
        break;
      default:
        if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
          const wanted = event.key.toLowerCase();
          const order = [...all.slice(at + 1), ...all.slice(0, at + 1)];
          order.find((item) => item.textContent.trim().toLowerCase().startsWith(wanted))?.focus();
        } else {
          event.stopPropagation();
          return;
        }
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={ref} className="menu fade-in" role="menu" aria-label={label} onKeyDown={onKeyDown}>
      {entries.map((entry) => (
        <Item key={entry.id} entry={entry} onClose={onClose} />
      ))}
    </div>
  );
}

function Item({
  entry,
  onClose,
}: {
  readonly entry: MenuEntry;
  readonly onClose: Props['onClose'];
}): ReactElement {
  const { label, keys, enabled, checked } = entry;
  return (
    <>
      {entry.separated === true && <div className="menu__line" role="separator" />}
      <button
        type="button"
        className="menu__item"
        role={checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
        aria-checked={checked}
        aria-disabled={!enabled}
        tabIndex={-1}
        data-command={entry.id}
        onClick={() => {
          if (enabled) {
            onClose(true);
            entry.run();
          }
        }}
      >
        <span className="menu__check">{checked === true && <Check size={14} />}</span>
        <span className="menu__label">{label}</span>
        {keys !== undefined && keys !== '' && <span className="menu__keys">{keys}</span>}
      </button>
    </>
  );
}

function items(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
}
