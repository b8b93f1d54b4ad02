import { useId, useMemo, useState, useSyncExternalStore } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { Command } from '../editor/commands/command.ts';
import { run } from '../editor/commands/keyboard.ts';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useStudio } from './context.ts';
import { useModal } from './Dialog.tsx';
import { useMessage, useT } from './i18n.ts';
import { isMac } from './platform.ts';
import { rank } from './rank.ts';

/** Ctrl+K: every command by its name. */
export function CommandPalette(): ReactElement {
  const studio = useStudio();
  const { commands, editor } = studio;
  const t = useT();
  const say = useMessage();
  const all = useSyncExternalStore(commands.subscribe, commands.all);
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(0);
  const list = useId();
  const ref = useModal();

  const found = useMemo(() => {
    const lines = all
      .filter((command) => command.keyboardOnly !== true)
      .map((command) => ({
        command,
        text: say({ key: command.label, values: command.labelValues ?? {} }),
        group: t(`group.${command.group}`),
      }));
    return rank(query, lines, (line) => `${line.text} ${line.group}`);
  }, [all, query, say, t]);
  const chosen = Math.min(index, found.length - 1);

  const perform = (command: Command): void => {
    if (command.enabled(editor)) {
      studio.closeDialog();
      run(command, editor);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      const next = (chosen + step + found.length) % found.length;
      setIndex(next);
      document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: 'nearest' });
      event.preventDefault();
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      const line = found[chosen];
      if (line !== undefined) {
        perform(line.command);
      }
      event.preventDefault();
    }
  };
  return (
    <dialog
      ref={ref}
      className="dialog palette fade-in"
      aria-label={t('palette.title')}
      onCancel={(event) => {
        event.preventDefault();
        studio.closeDialog();
      }}
      onClick={(event) => event.target === event.currentTarget && studio.closeDialog()}
    >
      <input
        className="palette__search"
        role="combobox"
        aria-label={t('palette.search')}
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length > 0 ? `${list}-${chosen}` : undefined}
        placeholder={t('palette.search')}
        value={query}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setQuery(event.target.value);
          setIndex(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} className="palette__list" role="listbox" aria-label={t('palette.title')}>
        {found.map(({ command, text, group }, at) => (
          <div
            key={command.id}
            id={`${list}-${at}`}
            className="palette__option"
            role="option"
            aria-selected={at === chosen}
            aria-disabled={!command.enabled(editor)}
            onPointerMove={() => setIndex(at)}
            onClick={() => perform(command)}
          >
            <span className="palette__group">{group}</span>
            <span className="menu__label">{text}</span>
            {command.shortcuts[0] !== undefined && (
              <kbd className="kbd">{displayShortcut(command.shortcuts[0], isMac)}</kbd>
            )}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="palette__empty">{t('palette.empty')}</p>}
    </dialog>
  );
}
