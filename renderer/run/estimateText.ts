import type { Estimate } from '../../preload/contract/measured.ts';
import { bytesText } from '../library/bytesText.ts';
import type { Translate } from '../ui/i18n.ts';
import { clock } from './timeLeft.ts';

/** "about 4 s, 600 MB"; with several images, for each of them. */
export function estimateText(
  { seconds, peakBytes }: Pick<Estimate, 'seconds' | 'peakBytes'>,
  images: number,
  t: Translate,
): string {
  const time =
    seconds >= 90
      ? clock(seconds * 1000)
      : t('facts.seconds', { seconds: seconds < 2 ? seconds.toFixed(1) : Math.round(seconds) });
  const said = t(images > 1 ? 'run.aboutEach' : 'run.about', { time });
  return peakBytes === null ? said : `${said}, ${bytesText(peakBytes)}`;
}
