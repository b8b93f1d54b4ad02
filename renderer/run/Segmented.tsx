import { useId } from 'react';
import type { ReactElement } from 'react';

interface Props<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly {
    readonly value: T;
    readonly label: string;
    readonly title?: string;
    readonly disabled?: boolean;
  }[];
  readonly onChange: (value: T) => void;
}

/** One of a few, as radio buttons: arrows and screen readers come with them. */
export function Segmented<T extends string>({ label, value, options, onChange }: Props<T>): ReactElement {
  const name = useId();
  return (
    <div className="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value} className="segmented__option" title={option.title}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={option.disabled ?? false}
            onChange={() => onChange(option.value)}
          />
          <span className="segmented__text" data-text={option.label}>
            {option.label}
          </span>
        </label>
      ))}
    </div>
  );
}
