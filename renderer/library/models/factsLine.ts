import type { ModelInfo } from '../../../preload/contract/models.ts';
import type { Translate } from '../../ui/i18n.ts';
import { bytesText } from '../bytesText.ts';

/** "Stable Diffusion 1.x · text boxes · 512 × 512 · float16 · 1.7 GB · openrail": what is known, in one line. */
export function factsLine(model: ModelInfo, t: Translate): string {
  const { family, grounding, width, height, precision, weightBytes, licence } = model;
  return [
    family,
    grounding === null
      ? null
      : t(grounding === 'none' ? 'library.grounding.none' : 'library.grounding.boxes'),
    `${width} × ${height}`,
    precision,
    bytesText(weightBytes),
    licence ?? t('library.noLicence'),
  ]
    .filter((part) => part !== null && part !== '')
    .join(' · ');
}
