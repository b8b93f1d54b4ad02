import type { ReactElement } from 'react';
import { useStudio, useStudioState } from '../../ui/context.ts';
import { useT } from '../../ui/i18n.ts';
import { LabelledField } from './LabelledField.tsx';

const MAX_PATH = 4096;

interface Props {
  readonly label: string;
  readonly what: 'folder' | 'weights';
  readonly value: string;
  readonly onChange: (path: string) => void;
}

/** A path on the machine that runs the engine: typed, or chosen in the desktop app. */
export function PathField({ label, what, value, onChange }: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  const electron = useStudioState((state) => state.info?.shell === 'electron');
  return (
    <LabelledField label={label} value={value} maxLength={MAX_PATH} onChange={onChange}>
      {electron && (
        <button
          type="button"
          className="button"
          aria-label={t('library.chooseNamed', { label })}
          onClick={() =>
            studio.attempt(async () => {
              const path = await studio.library.choosePath(what);
              if (path !== null) onChange(path);
            })
          }
        >
          {t('library.choose')}
        </button>
      )}
    </LabelledField>
  );
}
