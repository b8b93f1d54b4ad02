import { useId } from 'react';
import type { ReactElement } from 'react';
import { attentionSlices as offered } from '../../preload/contract/attentionSlices.ts';
import type { DeviceInfo, DeviceSettings } from '../../preload/contract/devices.ts';
import { precisions, precisionSchema } from '../../preload/contract/precision.ts';
import { vaeTiles } from '../../preload/contract/vaeTile.ts';
import { useStudio } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';

const whole = 'whole';

/** How a device is used: the VAE's tiles, attention's slices, what predictions are computed in, and whether the model stays. */
export function DeviceUse({
  device,
  settings,
  float16 = false,
}: Pick<DeviceInfo, 'device' | 'settings' | 'float16'>): ReactElement {
  const studio = useStudio();
  const t = useT();
  const id = useId();
  const { vaeTile, attentionSlices, precision, keepLoaded } = settings;
  const name = t(`device.${device}`);
  const set = (change: Partial<DeviceSettings>): void =>
    studio.attempt(() => studio.library.configureDevice(device, { ...settings, ...change }));
  const sides =
    vaeTile === null || vaeTiles.some((side) => side === vaeTile) ? vaeTiles : [vaeTile, ...vaeTiles];
  const counts = offered.filter((count) => count !== attentionSlices);
  return (
    <div className="device__use" role="group" aria-label={t('device.use', { device: name })}>
      <label className="label" htmlFor={id} title={t('device.tilesHint')}>
        {t('device.tiles')}
      </label>
      <select
        id={id}
        className="field"
        value={vaeTile === null ? whole : String(vaeTile)}
        onChange={({ target: { value } }) => set({ vaeTile: value === whole ? null : Number(value) })}
      >
        <option value={whole}>{t('device.tilesWhole')}</option>
        {sides.map((side) => (
          <option key={side} value={side}>
            {t('device.tilesOf', { side })}
          </option>
        ))}
      </select>
      <label className="label" htmlFor={`${id}-slices`} title={t('device.slicesHint')}>
        {t('device.slices')}
      </label>
      <select
        id={`${id}-slices`}
        className="field"
        value={attentionSlices === null ? whole : String(attentionSlices)}
        onChange={({ target: { value } }) => set({ attentionSlices: value === whole ? null : Number(value) })}
      >
        <option value={whole}>{t('device.slicesWhole')}</option>
        {[...counts, ...(attentionSlices === null ? [] : [attentionSlices])]
          .sort((a, b) => a - b)
          .map((count) => (
            <option key={count} value={count}>
              {t('device.slicesOf', { count })}
            </option>
          ))}
      </select>
      {(float16 || precision === 'float16') && (
        <>
          <label className="label" htmlFor={`${id}-precision`} title={t('device.precisionHint')}>
            {t('device.precision')}
          </label>
          <select
            id={`${id}-precision`}
            className="field"
            value={precision}
            onChange={({ target: { value } }) => set({ precision: precisionSchema.parse(value) })}
          >
            {precisions.map((each) => (
              <option key={each} value={each}>
                {t(`device.${each}`)}
              </option>
            ))}
          </select>
        </>
      )}
      <label className="device__keep" title={t('device.keepHint')}>
        <input type="checkbox" checked={keepLoaded} onChange={() => set({ keepLoaded: !keepLoaded })} />
        {t('device.keep')}
      </label>
    </div>
  );
}
