import type { ReactElement, ReactNode } from 'react';
import { useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { MenuButton } from '../ui/MenuButton.tsx';
import type { MenuEntry } from '../ui/Menu.tsx';

/** What the slider compares with: the run without ISAC, or a pinned result. */
export function CompareMenu({ children }: { readonly children: ReactNode }): ReactElement {
  const studio = useStudio();
  const t = useT();
  const results = useStudioState((state) => state.results);
  const shown = useStudioState((state) => state.shown);
  const compare = useStudioState((state) => state.compare);
  const entry = results.find(({ id }) => id === shown);
  const baseline = results.find(({ baselineOf }) => baselineOf === shown && shown !== null);
  const pinned = results.filter(({ pinned: on, id }) => on && id !== shown).slice(-12);
  const entries: MenuEntry[] = [
    {
      id: 'compare.plain',
      label: t(baseline === undefined ? 'compare.makePlain' : 'compare.plain'),
      enabled: entry !== undefined && entry.request.isac.method !== 'none',
      checked: compare !== null && compare === baseline?.id,
      run: () => studio.attempt(() => studio.results.compareWithoutIsac()),
    },
    ...pinned.map((other, index): MenuEntry => ({
      id: other.id,
      label: t('compare.pinned', { seed: other.request.seed, caption: other.request.caption.slice(0, 40) }),
      enabled: entry !== undefined,
      checked: compare === other.id,
      separated: index === 0,
      run: () => studio.attempt(() => studio.results.compareWith(other.id)),
    })),
    {
      id: 'compare.settings',
      label: t('compare.settings'),
      enabled: compare !== null && shown !== null,
      separated: true,
      run: () => {
        if (compare !== null && shown !== null) {
          studio.open({ kind: 'differences', a: shown, b: compare });
        }
      },
    },
    {
      id: 'compare.off',
      label: t('compare.off'),
      enabled: compare !== null,
      run: () => studio.attempt(() => studio.results.compareWith(null)),
    },
  ];
  return (
    <MenuButton
      label={t('compare.title')}
      className={`icon-button${compare === null ? '' : ' icon-button--on'}`}
      entries={entries}
    >
      {children}
    </MenuButton>
  );
}
