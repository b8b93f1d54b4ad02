import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import { useStudio } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { typedNumber } from './typedNumber.ts';

interface Props {
  readonly label: string;
  readonly hint?: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Where the slider ends; the field takes up to max. */
  readonly sliderMax?: number;
  readonly disabled?: boolean;
  /** Called per input; the editor makes one undo step of it. */
  readonly onChange: (value: number) => void;
}

/** A slider with a field beside it. */
export function NumberSetting(props: Props): ReactElement {
  const { label, hint, value, min, max, step, sliderMax = max, disabled = false, onChange } = props;
  const studio = useStudio();
  const { editor } = studio;
  const t = useT();
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const invalid = draft !== null && typedNumber(draft, min, max, step).kind !== 'number';
  return (
    <div className="setting">
      <label className="label" htmlFor={id} title={hint}>
        {label}
      </label>
      <input
        id={id}
        className="range"
        type="range"
        min={min}
        max={sliderMax}
        step={step}
        value={Math.min(value, sliderMax)}
        disabled={disabled}
        title={hint}
        onChange={(event) => onChange(Number(event.target.value))}
        onPointerUp={() => editor.release()}
        onKeyUp={() => editor.release()}
        onBlur={() => editor.release()}
      />
      <input
        className="field setting__number"
        inputMode="decimal"
        aria-label={label}
        aria-invalid={invalid}
        disabled={disabled}
        value={draft ?? String(value)}
        onChange={(event) => {
          const text = event.target.value;
          setDraft(text);
          const typed = typedNumber(text, min, max, step);
          if (typed.kind === 'number') {
            onChange(typed.value);
          }
        }}
        onBlur={() => {
          const typed = draft === null ? null : typedNumber(draft, min, max, step);
          if (typed?.kind === 'clamped') {
            onChange(typed.value);
            studio.toast(t('number.clamped', { label, min, max, value: typed.value }));
          } else if (typed?.kind === 'none') {
            studio.toast(t('number.none', { label, text: draft ?? '', value }));
          }
          setDraft(null);
          editor.release();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.currentTarget.blur();
          }
          if (event.key === 'Escape') {
            editor.abandon();
            setDraft(null);
          }
        }}
      />
    </div>
  );
}
