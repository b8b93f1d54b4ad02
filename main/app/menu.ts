import type { MenuItemConstructorOptions } from 'electron';
import type { NativeMenu, NativeMenuItem } from '../../preload/contract/nativeMenu.ts';

export interface MenuActions {
  newWindow(): void;
  /** Runs a command of the page (its id in renderer/editor/commands) in the window in front. */
  command(id: string): void;
}

/** Before a page has told its menus: what works without one. */
export const firstMenu: MenuItemConstructorOptions[] = [{ role: 'fileMenu' }, { role: 'editMenu' }];

/** The page's commands that macOS and its dialogs know as their own; text fields have them through their roles. */
const roles: Readonly<Record<string, MenuItemConstructorOptions['role']>> = {
  'edit.undo': 'undo',
  'edit.redo': 'redo',
  'edit.cut': 'cut',
  'edit.copy': 'copy',
  'edit.paste': 'paste',
  'edit.selectAll': 'selectAll',
};

/**
 * The system's menu, made from the page's: the same commands under the same names, in the language of the page. The
 * shortcuts are the page's, shown here and not registered twice.
 */
export function menuTemplate(
  platform: string,
  menus: NativeMenu,
  actions: MenuActions,
): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  return [
    ...(mac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    ...menus.map(({ label, items }) => ({
      label,
      submenu: items.flatMap((item): MenuItemConstructorOptions[] => [
        ...(item.separated ? [{ type: 'separator' } satisfies MenuItemConstructorOptions] : []),
        entry(item, mac, actions),
      ]),
    })),
    ...(mac ? [{ role: 'windowMenu' } satisfies MenuItemConstructorOptions] : []),
  ];
}

function entry(item: NativeMenuItem, mac: boolean, actions: MenuActions): MenuItemConstructorOptions {
  const { id, label, enabled, checked } = item;
  if (id === 'system.newWindow')
    return { label, accelerator: 'CmdOrCtrl+Shift+N', click: () => actions.newWindow() };
  if (id === 'system.fullScreen') return { label, role: 'togglefullscreen' };
  // On a Mac the app's own menu has it.
  if (id === 'system.quit') return mac ? { label, role: 'close' } : { label, role: 'quit' };
  const role = mac ? roles[id] : undefined;
  if (role !== undefined) return { label, role };
  const accelerator = acceleratorOf(item.shortcut, mac);
  return {
    label,
    enabled,
    ...(checked === null ? {} : { type: 'checkbox', checked }),
    ...(accelerator === null ? {} : { accelerator, registerAccelerator: false }),
    click: () => actions.command(id),
  };
}

const keyNames: Readonly<Record<string, string>> = {
  Enter: 'Return',
  Escape: 'Esc',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  '+': 'Plus',
};

/**
 * A shortcut as Electron writes it; null for what it cannot show, and on a Mac, where every accelerator is registered,
 * for keys without Command: they would be taken from whoever types.
 */
export function acceleratorOf(shortcut: string, mac: boolean): string | null {
  const match = /^((?:(?:Mod|Shift|Alt)\+)*)(.+)$/.exec(shortcut);
  const [, modifiers = '', key = ''] = match ?? [];
  if (match === null || (mac && !modifiers.includes('Mod+'))) return null;
  const name = keyNames[key] ?? key;
  if (!/^([A-Za-z0-9[\],./;'`=\\-]|F\d{1,2}|[A-Z][a-z]+)$/.test(name)) return null;
  return `${modifiers.replace('Mod+', 'CmdOrCtrl+')}${name.length === 1 ? name.toUpperCase() : name}`;
}
