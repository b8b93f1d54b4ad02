import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { sourceHref } from '../../preload/contract/hrefs.ts';
import { setSource } from '../editor/source.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { NumberSetting } from './NumberSetting.tsx';

/** The picture that the next runs begin with; nothing while there is none. */
export function SourceSettings(): ReactElement | null {
  const studio = useStudio();
  const t = useT();
  const { boxes, settings } = useEditorState((state) => state.settled);
  // What may be repainted.
  useEditorState((state) => state.selection);
  const handle = useStudioState((state) => state.project?.handle);
  const { source } = settings;
  if (source === undefined || handle === undefined) {
    return null;
  }
  const phrases = boxes
    .filter(({ id }) => source.repaint?.boxes.includes(id))
    .map(({ phrase }) => phrase || t('layers.noPhrase'));
  const what =
    source.repaint === null
      ? t('source.varies')
      : phrases.length > 0
        ? t('source.repaints', { phrases: phrases.join(', ') })
        : t('source.paintsOver');
  return (
    <section className="source" aria-label={t('source.title')}>
      <div className="source__head">
        <img className="source__image" src={sourceHref(handle, source.image)} alt="" draggable={false} />
        <p className="source__text">
          <span className="label">{t('source.title')}</span>
          <span>{what}</span>
        </p>
        <button
          type="button"
          className="icon-button icon-button--small"
          aria-label={t('source.remove')}
          title={t('source.remove')}
          onClick={() => studio.sources.remove()}
        >
          <X size={14} />
        </button>
      </div>
      <div className="source__actions">
        <button
          type="button"
          className="button button--small"
          disabled={studio.sources.chosen.length === 0}
          onClick={() => studio.sources.repaintChosen()}
        >
          {t('source.repaintChosen')}
        </button>
        <button
          type="button"
          className="button button--small"
          disabled={source.repaint === null}
          onClick={() => studio.sources.varyAll()}
        >
          {t('source.varyAll')}
        </button>
      </div>
      <NumberSetting
        label={t('source.denoise')}
        hint={t('source.denoiseHint')}
        value={source.denoise}
        min={0}
        max={1}
        step={0.05}
        onChange={(denoise) =>
          studio.editor.hold('denoise', 'step.settings', (current) =>
            setSource(current, { ...(current.settings.source ?? source), denoise }),
          )
        }
      />
    </section>
  );
}
