import type { ReactElement } from 'react';
import { useStudio } from './context.ts';
import { Dialog } from './Dialog.tsx';
import { DialogActions } from './DialogActions.tsx';

interface Props {
  readonly title: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly label: string;
  readonly tone?: 'primary' | 'danger';
  /** Runs after the dialog has closed; what it throws is told. */
  readonly work: () => Promise<unknown>;
}

/** Asks before something is done. */
export function ConfirmDialog({ title, text, label, tone = 'primary', work }: Props): ReactElement {
  const studio = useStudio();
  return (
    <Dialog title={title} size="narrow">
      {text.map((paragraph) => (
        <p key={paragraph} className="cover__text">
          {paragraph}
        </p>
      ))}
      <DialogActions
        label={label}
        tone={tone}
        onConfirm={() => {
          studio.closeDialog();
          studio.attempt(work);
        }}
      />
    </Dialog>
  );
}
