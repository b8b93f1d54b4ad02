import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import { useStudio } from '../ui/context.ts';

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
  const { editor } = useStudio();
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const invalid = draft !== null && !valid(draft, min, max);
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
          if (valid(text, min, max)) {
            onChange(snap(Number(text), step));
          }
        }}
        onBlur={() => {
          setDraft(null);
          editor.release();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            editor.abandon();
            setDraft(null);
          }
        }}
      />
    </div>
  );
}

function valid(text: string, min: number, max: number): boolean {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) && value >= min && value <= max;
}

function snap(value: number, step: number): number {
  return step >= 1 ? Math.round(value) : value;
}
