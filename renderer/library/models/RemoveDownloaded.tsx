import type { ReactElement } from 'react';
import type { ModelInfo } from '../../../preload/contract/models.ts';
import { useStudio } from '../../ui/context.ts';
import { useT } from '../../ui/i18n.ts';
import { bytesText } from '../bytesText.ts';

interface Props {
  readonly model: ModelInfo;
  readonly onDone: () => void;
}

/** Asks what becomes of a downloaded model's files. */
export function RemoveDownloaded({ model, onDone }: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  const remove = (deleteFiles: boolean): void => {
    onDone();
    studio.attempt(() => studio.library.remove(model, deleteFiles));
  };
  return (
    <div className="model__ask" role="group" aria-label={t('library.remove', { name: model.name })}>
      <p className="row__note">
        {t('library.removeAsk', { folder: model.path, size: bytesText(model.weightBytes) })}
      </p>
      <div className="dialog__actions">
        <button type="button" className="button" autoFocus onClick={onDone}>
          {t('action.cancel')}
        </button>
        <button type="button" className="button" onClick={() => remove(false)}>
          {t('library.keepFiles')}
        </button>
        <button type="button" className="button button--danger" onClick={() => remove(true)}>
          {t('library.deleteFiles')}
        </button>
      </div>
    </div>
  );
}
