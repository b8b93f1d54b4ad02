import { useId } from 'react';
import type { ReactElement, ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly maxLength: number;
  /** Not shown while it is typed. */
  readonly secret?: boolean;
  readonly onChange: (value: string) => void;
  /** What stands behind the field. */
  readonly children?: ReactNode;
}

/** One line of text that names something outside of the studio: nothing in it is a word to be checked or completed. */
export function LabelledField({
  label,
  value,
  placeholder = '',
  maxLength,
  secret = false,
  onChange,
  children,
}: Props): ReactElement {
  const id = useId();
  return (
    <div className="path-field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="field"
        type={secret ? 'password' : 'text'}
        placeholder={placeholder}
        value={value}
        maxLength={maxLength}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
      {children}
    </div>
  );
}
