import { CircleAlert, CircleCheck } from 'lucide-react';
import type { ReactElement } from 'react';
import { useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { DeviceUse } from './DeviceUse.tsx';

/** Which devices start here, and why the others do not. */
export function DeviceList(): ReactElement {
  const studio = useStudio();
  const t = useT();
  const devices = useStudioState((state) => state.devices);
  return (
    <section aria-labelledby="library-devices">
      <h3 id="library-devices" className="section-title">
        {t('library.devices')}
      </h3>
      {devices === null ? (
        <p className="label" role="status">
          {t('library.probing')}
        </p>
      ) : (
        <ul className="rows">
          {devices.map(({ device, works, reason, settings, float16 = false }) => (
            <li key={device} className="device">
              {works ? (
                <CircleCheck size={15} className="device__good" aria-label={t('library.works')} />
              ) : (
                <CircleAlert size={15} className="device__bad" aria-label={t('library.worksNot')} />
              )}
              <span className="row__name">{t(`device.${device}`)}</span>
              <span className="row__note">{reason}</span>
              {works && <DeviceUse device={device} settings={settings} float16={float16} />}
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        className="button library__add"
        disabled={devices === null}
        onClick={() => studio.attempt(() => studio.library.loadDevices(true))}
      >
        {t('library.probe')}
      </button>
    </section>
  );
}
