import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useStudio, useStudioState } from './context.ts';
import { useT } from './i18n.ts';

/** Short sentences that come and go; the live region is always there, or screen readers miss the first. */
export function Toasts(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const toasts = useStudioState((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, action, other }) => (
        <div key={id} className="toast fade-in">
          <span>{text}</span>
          {[action, other].map(
            (one) =>
              one !== undefined && (
                <button
                  key={one.label}
                  type="button"
                  className="toast__action"
                  onClick={() => {
                    one.run();
                    studio.dismiss(id);
                  }}
                >
                  {one.label}
                </button>
              ),
          )}
          <button
            type="button"
            className="toast__action"
            aria-label={t('action.close')}
            onClick={() => studio.dismiss(id)}
          >
            <X size={13} />
          </button>
        </div>
      ))}
    </div>
  );
}
