import type { ReactElement, ReactNode } from 'react';
import { setProperties } from '../ui/style.ts';

interface Props {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly text: string;
  /** Buttons at its end. */
  readonly children?: ReactNode;
}

/** A bar with what it counts beside it. */
export function ProgressLine({ label, done, total, text, children }: Props): ReactElement {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div className="progress-line">
      <div
        className="bar"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * share)}
        aria-valuetext={text}
      >
        <div className="bar__fill" ref={setProperties({ '--share': String(share) })} />
      </div>
      <span className="row__note number">{text}</span>
      {children}
    </div>
  );
}
