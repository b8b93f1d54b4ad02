import { useCallback, useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { Menu } from './Menu.tsx';
import type { MenuEntry } from './Menu.tsx';

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly entries: readonly MenuEntry[];
  readonly children: ReactNode;
}

/** A button that opens a menu. */
export function MenuButton({ label, className = 'icon-button', entries, children }: Props): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = useCallback((focus: boolean) => {
    setAnchor((button) => {
      if (focus) {
        button?.focus();
      }
      return null;
    });
  }, []);
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(anchor === null ? event.currentTarget : null)}
      >
        {children}
      </button>
      {anchor !== null && <Menu label={label} entries={entries} anchor={anchor} onClose={close} />}
    </>
  );
}
