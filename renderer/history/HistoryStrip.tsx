import { Ellipsis, ImageOff, Pin } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { HistoryEntry } from '../../preload/contract/studioRecords.ts';
import { singleExports } from '../ui/commands.ts';
import { useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { MenuButton } from '../ui/MenuButton.tsx';
import type { MenuEntry } from '../ui/Menu.tsx';

/** Every result of the project, the newest first. */
export function HistoryStrip(): ReactElement {
  const t = useT();
  const results = useStudioState((state) => state.results);
  const shown = useStudioState((state) => state.shown);
  const list = useRef<HTMLUListElement>(null);
  const newest = [...results].reverse();

  useEffect(() => {
    list.current
      ?.querySelector('[aria-current="true"]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [shown]);

  const studio = useStudio();
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>): void => {
    const id = event.target instanceof HTMLElement ? event.target.dataset['result'] : undefined;
    if (id !== undefined && (event.key === 'Delete' || event.key === 'Backspace')) {
      event.preventDefault();
      studio.attempt(() => studio.results.remove(id));
      return;
    }
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      const all = [...event.currentTarget.querySelectorAll<HTMLElement>('.result__pick')];
      const at = all.indexOf(document.activeElement as HTMLElement);
      if (at !== -1) {
        all[Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
        event.preventDefault();
      }
    }
  };
  return (
    <section className="studio__history strip" aria-label={t('history.title')}>
      {newest.length === 0 ? (
        <p className="strip__empty">{t('history.empty')}</p>
      ) : (
        <ul ref={list} className="strip__list" onKeyDown={onKeyDown}>
          {newest.map((entry) => (
            <Result key={entry.id} entry={entry} shown={entry.id === shown} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Result({ entry, shown }: { readonly entry: HistoryEntry; readonly shown: boolean }): ReactElement {
  const studio = useStudio();
  const t = useT();
  const { request, id } = entry;
  const tag = entry.baselineOf === null ? t(`isac.${request.isac.method}Tag`) : t('history.plain');
  const name = t('history.result', { seed: request.seed, caption: request.caption });
  return (
    <li
      className="result"
      onContextMenu={(event) => {
        event.preventDefault();
        event.currentTarget.querySelector<HTMLElement>('.result__menu')?.click();
      }}
    >
      <button
        type="button"
        className="result__pick"
        aria-current={shown}
        aria-label={name}
        title={name}
        data-result={id}
        onClick={() => studio.attempt(() => studio.results.show(id))}
        onDoubleClick={() => studio.attempt(() => studio.results.restore(id))}
      >
        {entry.thumbnail === null ? (
          <span className="result__broken">
            <ImageOff size={20} />
          </span>
        ) : (
          <img className="result__image" src={entry.thumbnail} alt="" draggable={false} loading="lazy" />
        )}
      </button>
      {entry.pinned && (
        <span className="result__pin">
          <Pin size={11} aria-label={t('history.pinned')} />
        </span>
      )}
      <span className="result__tag" aria-hidden="true">
        {tag} · {request.seed}
      </span>
      <MenuButton
        label={t('history.actions', { name })}
        className="icon-button result__menu"
        entries={useResultEntries(entry)}
      >
        <Ellipsis size={14} />
      </MenuButton>
    </li>
  );
}

function useResultEntries(entry: HistoryEntry): MenuEntry[] {
  const studio = useStudio();
  const t = useT();
  const shown = useStudioState((state) => state.shown);
  const shell = useStudioState((state) => state.info?.shell);
  const { id, pinned } = entry;
  const { results } = studio;
  const item = (
    name: string,
    label: string,
    work: () => Promise<unknown> | undefined,
    rest: Partial<MenuEntry> = {},
  ): MenuEntry => ({
    id: name,
    label,
    enabled: true,
    run: () => studio.attempt(async () => work()),
    ...rest,
  });
  return [
    item('restore', t('history.restore'), () => results.restore(id)),
    item('pin', t(pinned ? 'history.unpin' : 'history.pin'), () => results.pin(id, !pinned)),
    item('vary', t('history.vary'), () => studio.sources.vary(id), { enabled: entry.image !== null }),
    item('compare', t('history.compare'), () => results.compareWith(id), {
      enabled: shown !== null && shown !== id,
      separated: true,
    }),
    {
      id: 'differences',
      label: t('history.differences'),
      enabled: shown !== null && shown !== id,
      run: () => shown !== null && studio.open({ kind: 'differences', a: shown, b: id }),
    },
    item('copy', t('history.copy'), () => results.copyImage(id), {
      enabled: entry.image !== null,
      separated: true,
    }),
    ...singleExports.map((kind) =>
      item(`export.${kind}`, t(`command.export.${kind}`), () => results.export(kind, [id])),
    ),
    item('export.coco', t('history.coco'), () => results.export('coco-rle', [id])),
    ...(shell === 'electron'
      ? [
          item('reveal', t('history.reveal'), () =>
            studio.api.call('results.reveal', { project: studio.projects.need(), result: id }),
          ),
        ]
      : []),
    item('remove', t('history.remove'), () => results.remove(id), { separated: true }),
  ];
}
