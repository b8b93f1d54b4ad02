import { X } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { useStudio } from './context.ts';
import { useT } from './i18n.ts';

interface Props {
  readonly title: string;
  readonly size?: 'narrow' | 'wide';
  readonly children: ReactNode;
  /** What closing does; by default the studio has no dialog any more. */
  readonly onClose?: () => void;
}

/** A modal dialog: the browser's own, so that focus stays inside and comes back afterwards. */
export function Dialog({ title, size, children, onClose }: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  const heading = useId();
  const close = onClose ?? (() => studio.closeDialog());
  const ref = useModal();
  return (
    <dialog
      ref={ref}
      className={`dialog fade-in${size === undefined ? '' : ` dialog--${size}`}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) {
          close();
        }
      }}
    >
      <div className="dialog__head">
        <h2 id={heading} className="dialog__title">
          {title}
        </h2>
        <button type="button" className="icon-button" aria-label={t('action.close')} onClick={close}>
          <X size={16} />
        </button>
      </div>
      <div className="dialog__body">{children}</div>
    </dialog>
  );
}

/** Opens a dialog element as long as its component is there. */
export function useModal(): React.RefObject<HTMLDialogElement | null> {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (element !== null && !element.open) {
      element.showModal();
      // The browser would begin with the button that closes it; React's autoFocus comes before the dialog is there.
      const first = element.querySelector<HTMLElement>('[data-first]');
      first?.focus();
      if (first instanceof HTMLInputElement) {
        first.select();
      }
    }
    return () => element?.close();
  }, []);
  return ref;
}
