import { describe, expect, it, vi } from 'vitest';
import { acceleratorOf, firstMenu, menuTemplate } from '../../main/app/menu.ts';
import { MenuBar } from '../../main/app/menuBar.ts';
import { nativeMenuSchema } from '../../preload/contract/nativeMenu.ts';
import { standardCommands } from '../../renderer/editor/commands/standard.ts';
import { emptyDocument } from '../../renderer/editor/document.ts';
import { Editor } from '../../renderer/editor/editor.ts';
import { startTranslation } from '../../renderer/ui/i18n.ts';
import { nativeMenus } from '../../renderer/ui/menus.ts';

vi.stubGlobal('document', { documentElement: { lang: '' } });
const editor = new Editor({ document: emptyDocument('m', { width: 128, height: 128 }) });
const actions = { newWindow: vi.fn(), command: vi.fn() };

describe('the system’s menu', () => {
  it('has every command of the page that has a menu, under its name in the chosen language', async () => {
    await startTranslation('ko');
    const menus = nativeMenuSchema.parse(nativeMenus(standardCommands, editor));
    const template = menuTemplate('linux', menus, actions);
    expect(template.map(({ label }) => label)).toEqual([
      '파일',
      '편집',
      '상자',
      '정렬',
      '보기',
      '실행',
      '도움말',
    ]);
    const labels = template.flatMap(({ submenu }) =>
      Array.isArray(submenu) ? submenu.flatMap(({ label }) => label ?? []) : [],
    );
    const listed = standardCommands.filter(({ keyboardOnly }) => keyboardOnly !== true);
    // With: new window, quit, full screen.
    expect(labels).toHaveLength(listed.length + 3);
    expect(labels.every((label) => /\p{Script=Hangul}/u.test(label))).toBe(true);
  });

  it('runs the page’s commands, shows their shortcuts without taking them, and says what is on', async () => {
    await startTranslation('en');
    const template = menuTemplate('linux', nativeMenus(standardCommands, editor), actions);
    const edit = template.find(({ label }) => label === 'Edit')?.submenu;
    const duplicate = Array.isArray(edit)
      ? edit.find(({ accelerator }) => accelerator === 'CmdOrCtrl+D')
      : null;
    expect(duplicate).toMatchObject({ enabled: false, registerAccelerator: false });
    (duplicate?.click as () => void)();
    expect(actions.command).toHaveBeenCalledWith('edit.duplicate');
    const view = template.find(({ label }) => label === 'View')?.submenu;
    const switches = Array.isArray(view) ? view.filter(({ type }) => type === 'checkbox') : [];
    expect(switches.some(({ checked }) => checked === true)).toBe(true);
  });

  it('leaves text fields of a Mac what they have, and single keys to who types', () => {
    const template = menuTemplate('darwin', nativeMenus(standardCommands, editor), actions);
    const edit = template.find(({ label }) => label === 'Edit')?.submenu;
    expect(Array.isArray(edit) ? edit.map(({ role }) => role) : []).toContain('copy');
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
    const menusOf = (label: string): Parameters<MenuBar['tell']>[1] => [{ id: 'file', label, items: [] }];
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
