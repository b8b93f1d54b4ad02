import type { NativeMenu, NativeMenuItem } from '../../preload/contract/nativeMenu.ts';
import type { Command, CommandGroup } from '../editor/commands/command.ts';
import type { Editor } from '../editor/editor.ts';
import { translate, translateMessage } from './i18n.ts';
import type { StringKey } from './strings/en.ts';

/** The menus of the bar and the groups of commands in them. */
export const menus: readonly {
  readonly id: string;
  readonly label: StringKey;
  readonly groups: readonly CommandGroup[];
}[] = [
  { id: 'file', label: 'menu.file', groups: ['file'] },
  { id: 'edit', label: 'menu.edit', groups: ['edit'] },
  { id: 'box', label: 'menu.box', groups: ['box'] },
  { id: 'arrange', label: 'menu.arrange', groups: ['arrange'] },
  { id: 'view', label: 'menu.view', groups: ['tool', 'view'] },
  { id: 'run', label: 'menu.run', groups: ['run'] },
  { id: 'help', label: 'menu.help', groups: ['help'] },
];

/** The commands of a menu, in its order. */
export function commandsOf(groups: readonly CommandGroup[], all: readonly Command[]): Command[] {
  return groups.flatMap((group) =>
    all.filter((command) => command.group === group && command.keyboardOnly !== true),
  );
}

/** Whether a line stands above a command: where the first part of the id changes. */
export function isSeparated(command: Command, before: Command | undefined): boolean {
  const section = ({ id }: Command): string => id.split('.')[0] ?? '';
  return before !== undefined && section(before) !== section(command);
}

/** The menus for the system's own menu bar, in the language of the page. */
export function nativeMenus(all: readonly Command[], editor: Editor): NativeMenu {
  return menus.map(({ id, label, groups }) => {
    const commands = commandsOf(groups, all);
    const items = commands.map((command, index): NativeMenuItem => ({
      id: command.id,
      label: translateMessage({ key: command.label, values: command.labelValues ?? {} }),
      shortcut: command.shortcuts[0] ?? '',
      enabled: command.enabled(editor),
      checked: command.checked?.(editor) ?? null,
      separated: isSeparated(command, commands[index - 1]),
    }));
    return { id, label: translate(label), items: [...items, ...systemItems(id)] };
  });
}

function systemItems(menu: string): NativeMenuItem[] {
  const item = (id: string, label: StringKey): NativeMenuItem => ({
    id,
    label: translate(label),
    shortcut: '',
    enabled: true,
    checked: null,
    separated: true,
  });
  if (menu === 'file') {
    return [
      item('system.newWindow', 'menu.newWindow'),
      { ...item('system.quit', 'menu.quit'), separated: false },
    ];
  }
  return menu === 'view' ? [item('system.fullScreen', 'menu.fullScreen')] : [];
}
