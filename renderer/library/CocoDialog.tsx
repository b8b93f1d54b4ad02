import { useState } from 'react';
import type { ReactElement } from 'react';
import type { CocoImage } from '../../preload/contract/studioRecords.ts';
import { useStudio } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { useT } from '../ui/i18n.ts';
import { importCocoImage } from './importFiles.ts';

interface Props {
  readonly upload: string;
  readonly name: string;
  readonly images: readonly CocoImage[];
}

/** Rows that are drawn at once: COCO's own validation set has 5000 images. */
const MAX_ROWS = 200;

/** Asks which image of a COCO file is wanted. */
export function CocoDialog({ upload, name, images }: Props): ReactElement {
  const studio = useStudio();
  const t = useT();
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const matches = images.filter(
    (image) => image.name.toLowerCase().includes(wanted) || image.id.toLowerCase() === wanted,
  );
  const rows = matches.slice(0, MAX_ROWS);
  return (
    <Dialog title={t('coco.title')}>
      <p className="cover__text">{t('coco.text', { name, images: images.length })}</p>
      <input
        className="field"
        type="search"
        data-first
        aria-label={t('coco.filter')}
        placeholder={t('coco.filter')}
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <ul className="rows">
        {rows.map((image) => (
          <li key={image.id}>
            <button
              type="button"
              className="row"
              disabled={image.boxes === 0}
              onClick={() => {
                studio.closeDialog();
                studio.attempt(() => importCocoImage(studio, { upload, name, image }));
              }}
            >
              <span className="row__main">
                <span className="row__name">{image.name}</span>
              </span>
              <span className="row__note">{t('coco.boxes', { boxes: image.boxes })}</span>
            </button>
          </li>
        ))}
      </ul>
      {matches.length > rows.length && (
        <p className="label">{t('coco.more', { more: matches.length - rows.length })}</p>
      )}
      {matches.length === 0 && <p className="label">{t('coco.none')}</p>}
    </Dialog>
  );
}
