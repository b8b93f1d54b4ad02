import { useCallback, useRef, useState, useSyncExternalStore } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { Command } from '../editor/commands/command.ts';
import { run } from '../editor/commands/keyboard.ts';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useStudio } from './context.ts';
import { useMessage, useT } from './i18n.ts';
import { Menu } from './Menu.tsx';
import type { MenuEntry } from './Menu.tsx';
import { commandsOf, isSeparated, menus } from './menus.ts';
import { isMac } from './platform.ts';

/** Commands as menu entries, with a line wherever the first part of the id changes. */
export function useCommandEntries(): (commands: readonly Command[]) => MenuEntry[] {
  const { editor } = useStudio();
  const say = useMessage();
  return (commands) =>
    commands.map((command, index): MenuEntry => {
      const keys = command.shortcuts[0];
      return {
        id: command.id,
        label: say({ key: command.label, values: command.labelValues ?? {} }),
        keys: keys === undefined ? '' : displayShortcut(keys, isMac),
        enabled: command.enabled(editor),
        checked: command.checked?.(editor),
        separated: isSeparated(command, commands[index - 1]),
        run: () => run(command, editor),
      };
    });
}

/** The menu bar, made from the registry. */
export function MenuBar(): ReactElement {
  const t = useT();
  const { commands } = useStudio();
  const all = useSyncExternalStore(commands.subscribe, commands.all);
  const toEntries = useCommandEntries();
  const bar = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<number | null>(null);
  const [current, setCurrent] = useState(0);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);

  const buttons = (): HTMLElement[] => [
    ...(bar.current?.querySelectorAll<HTMLElement>('.menubar__item') ?? []),
  ];
  const go = (index: number, opened: boolean): void => {
    const next = (index + menus.length) % menus.length;
    const button = buttons()[next] ?? null;
    setCurrent(next);
    setOpen(opened ? next : null);
    setAnchor(button);
    if (!opened) {
      button?.focus();
    }
  };
  const close = useCallback(
    (focus: boolean) => {
      setOpen(null);
      if (focus) {
        anchor?.focus();
      }
    },
    [anchor],
  );
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step !== undefined) {
      go(current + step, false);
    } else if (event.key === 'ArrowDown') {
      go(current, true);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const groups = open === null ? undefined : menus[open]?.groups;
  return (
    <div ref={bar} className="menubar" role="menubar" aria-label={t('menu.bar')} onKeyDown={onKeyDown}>
      {menus.map(({ label }, index) => (
        <button
          key={label}
          type="button"
          role="menuitem"
          className="menubar__item"
          aria-haspopup="menu"
          aria-expanded={open === index}
          tabIndex={index === current ? 0 : -1}
          onClick={() => (open === index ? close(true) : go(index, true))}
          onPointerEnter={() => open !== null && open !== index && go(index, true)}
        >
          {t(label)}
        </button>
      ))}
      {open !== null && anchor !== null && groups !== undefined && (
        <Menu
          key={open}
          label={t(menus[open]?.label ?? 'menu.bar')}
          anchor={anchor}
          entries={toEntries(commandsOf(groups, all))}
          onClose={close}
          onSide={(step) => go(open + step, true)}
        />
      )}
    </div>
  );
}
