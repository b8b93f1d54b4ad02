import type { ReactElement, ReactNode } from 'react';
import { useStudio } from './context.ts';
import { useT } from './i18n.ts';

interface Props {
  /** What the dialog is for. */
  readonly label: string;
  readonly tone?: 'primary' | 'danger';
  /** Whether there is something to step back from. */
  readonly cancel?: boolean;
  readonly disabled?: boolean;
  /** Left out within a form, which the button then submits. */
  readonly onConfirm?: () => void;
  /** Buttons for what else could be done. */
  readonly children?: ReactNode;
}

/** The buttons at the end of a dialog. */
export function DialogActions({
  label,
  tone = 'primary',
  cancel = true,
  disabled = false,
  onConfirm,
  children,
}: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  return (
    <div className="dialog__actions">
      {cancel && (
        <button type="button" className="button" onClick={() => studio.closeDialog()}>
          {t('action.cancel')}
        </button>
      )}
      {children}
      <button
        type={onConfirm === undefined ? 'submit' : 'button'}
        className={`button button--${tone}`}
        disabled={disabled}
        onClick={onConfirm}
      >
        {label}
      </button>
    </div>
  );
}
