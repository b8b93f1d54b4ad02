import type { Download } from '../../../preload/contract/models.ts';
import { clock } from '../../run/timeLeft.ts';
import type { Translate } from '../../ui/i18n.ts';
import { bytesText } from '../bytesText.ts';

/** "410 MB / 1.7 GB · 12 MB/s · 1:48 left". */
export function downloadText({ doneBytes, totalBytes, bytesPerSecond }: Download, t: Translate): string {
  const parts = [`${bytesText(doneBytes)} / ${bytesText(totalBytes)}`];
  if (bytesPerSecond !== null && bytesPerSecond > 0) {
    parts.push(`${bytesText(bytesPerSecond)}/s`);
    parts.push(t('run.left', { time: clock((1000 * (totalBytes - doneBytes)) / bytesPerSecond) }));
  }
  return parts.join(' · ');
}
