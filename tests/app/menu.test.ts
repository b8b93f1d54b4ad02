import { describe, expect, it, vi } from 'vitest';
import { acceleratorOf, firstMenu, menuTemplate } from '../../main/app/menu.ts';
import { MenuBar } from '../../main/app/menuBar.ts';
import type { NativeMenu, NativeMenuItem } from '../../preload/contract/nativeMenu.ts';

const actions = { newWindow: vi.fn(), command: vi.fn() };

function item(id: string, label: string, patch: Partial<NativeMenuItem> = {}): NativeMenuItem {
  return { id, label, shortcut: '', enabled: true, checked: null, separated: false, ...patch };
}

const menus: NativeMenu = [
  { id: 'file', label: '파일', items: [item('system.newWindow', '새 창'), item('system.quit', '종료')] },
  {
    id: 'edit',
    label: '편집',
    items: [
      item('edit.copy', '복사', { shortcut: 'Mod+C' }),
      item('edit.duplicate', '복제', { shortcut: 'Mod+D', enabled: false, separated: true }),
      item('view.snapping', '맞춤', { shortcut: 'S', checked: true }),
    ],
  },
];

const submenu = (platform: string, index: number): unknown[] => {
  const entries = menuTemplate(platform, menus, actions).filter(({ label }) => label !== undefined);
  const found = entries[index]?.submenu;
  return Array.isArray(found) ? found : [];
};

describe('the system’s menu', () => {
  it('has the page’s menus and runs its commands', () => {
    expect(menuTemplate('linux', menus, actions).map(({ label }) => label)).toEqual(['파일', '편집']);
    const [newWindow, quit] = submenu('linux', 0) as { label: string; role?: string; click?: () => void }[];
    newWindow?.click?.();
    expect(actions.newWindow).toHaveBeenCalledOnce();
    expect(quit).toEqual({ label: '종료', role: 'quit' });
    const [copy, line, duplicate, snapping] = submenu('linux', 1) as { click?: () => void }[];
    copy?.click?.();
    expect(actions.command).toHaveBeenCalledWith('edit.copy');
    expect(line).toEqual({ type: 'separator' });
    expect(duplicate).toMatchObject({ label: '복제', enabled: false, accelerator: 'CmdOrCtrl+D' });
    expect(snapping).toMatchObject({ type: 'checkbox', checked: true, registerAccelerator: false });
  });

  it('leaves text fields of a Mac what they have, and single keys to who types', () => {
    expect(submenu('darwin', 1)[0]).toEqual({ label: '복사', role: 'copy' });
    expect(submenu('darwin', 1)[3]).not.toHaveProperty('accelerator');
    expect(acceleratorOf('Mod+Shift+A', true)).toBe('CmdOrCtrl+Shift+A');
    expect(acceleratorOf('B', true)).toBeNull();
    expect(acceleratorOf('Shift+ArrowLeft', false)).toBe('Shift+Left');
    expect(acceleratorOf('?', false)).toBeNull();
    expect(acceleratorOf('', false)).toBeNull();
  });

  it('is that of the window in front', () => {
    const set = vi.fn();
    const bar = new MenuBar(set, actions, 'linux');
    expect(set).toHaveBeenLastCalledWith(firstMenu);
    const menusOf = (label: string): NativeMenu => [{ id: 'file', label, items: [] }];
    bar.tell('a', menusOf('A'), 'a');
    expect(set).toHaveBeenLastCalledWith([{ label: 'A', submenu: [] }]);
    bar.tell('b', menusOf('B'), 'a');
    expect(set).toHaveBeenCalledTimes(2);
    bar.show('b');
    expect(set).toHaveBeenLastCalledWith([{ label: 'B', submenu: [] }]);
    bar.show('unknown');
    expect(set).toHaveBeenCalledTimes(3);
  });
});
