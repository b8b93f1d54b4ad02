import { ChevronRight, CircleAlert, CircleCheck, Trash2 } from 'lucide-react';
import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import type { ModelInfo } from '../../../preload/contract/models.ts';
import { useStudio } from '../../ui/context.ts';
import { useT } from '../../ui/i18n.ts';
import { factsLine } from './factsLine.ts';
import { ModelDetails } from './ModelDetails.tsx';
import { RemoveDownloaded } from './RemoveDownloaded.tsx';

interface Props {
  readonly model: ModelInfo;
  /** The layout on the canvas is made with it. */
  readonly used: boolean;
}

/** One model: what it is, whether it can be used, and what can be done with it. */
export function ModelRow({ model, used }: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  const panel = useId();
  const [open, setOpen] = useState(false);
  const [removing, setRemoving] = useState(false);
  const { id, name, problem } = model;
  return (
    <li className="model">
      <div className="row">
        <button
          type="button"
          className="icon-button icon-button--small model__open"
          aria-expanded={open}
          aria-controls={panel}
          aria-label={t('library.details', { name })}
          onClick={() => setOpen(!open)}
        >
          <ChevronRight size={15} />
        </button>
        <span className="row__main">
          <span className="row__name">{name}</span>
          <br />
          {problem === null ? (
            <span className="row__note">{factsLine(model, t)}</span>
          ) : (
            <span className="row__note row__note--bad">
              <CircleAlert size={13} aria-label={t('library.broken')} /> {problem}
            </span>
          )}
        </span>
        {used ? (
          <span className="label label--icon">
            <CircleCheck size={14} aria-hidden="true" /> {t('library.inUse')}
          </span>
        ) : (
          <button
            type="button"
            className="button"
            disabled={problem !== null}
            aria-label={t('library.useNamed', { name })}
            onClick={() => studio.library.use(id)}
          >
            {t('library.use')}
          </button>
        )}
        {model.origin !== 'embedded' && (
          <button
            type="button"
            className="icon-button"
            aria-label={t('library.remove', { name })}
            title={t('library.removeTitle')}
            onClick={() =>
              model.deletable ? setRemoving(true) : studio.attempt(() => studio.library.remove(model))
            }
          >
            <Trash2 size={15} />
          </button>
        )}
      </div>
      {removing && <RemoveDownloaded model={model} onDone={() => setRemoving(false)} />}
      <div id={panel} hidden={!open}>
        {open && <ModelDetails model={model} />}
      </div>
    </li>
  );
}
