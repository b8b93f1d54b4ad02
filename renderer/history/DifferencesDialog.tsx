import type { ReactElement } from 'react';
import { useStudioState } from '../ui/context.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { useT } from '../ui/i18n.ts';
import { differences } from './differences.ts';
import { settingName, settingValue } from './settingName.ts';

/** The settings of two results, as far as they differ. */
export function DifferencesDialog({ a, b }: { readonly a: string; readonly b: string }): ReactElement {
  const t = useT();
  const results = useStudioState((state) => state.results);
  const left = results.find(({ id }) => id === a);
  const right = results.find(({ id }) => id === b);
  const rows = left && right ? differences(left.request, right.request) : [];
  return (
    <Dialog title={t('differences.title')} size="wide">
      <div className="diff__pictures">
        {[left, right].map((entry, index) => (
          <figure key={index}>
            {entry?.image ? <img src={entry.image} alt={entry.request.caption} /> : null}
          </figure>
        ))}
      </div>
      {rows.length === 0 ? (
        <p>{t('differences.none')}</p>
      ) : (
        <table className="diff">
          <thead>
            <tr>
              <th scope="col">{t('differences.setting')}</th>
              <th scope="col">{t('differences.left')}</th>
              <th scope="col">{t('differences.right')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row" title={row.name}>
                  {settingName(row.name, t)}
                </th>
                <td className="number">{settingValue(row.name, row.a, t)}</td>
                <td className="number">{settingValue(row.name, row.b, t)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}
