import { expect, it, vi } from 'vitest';
import { nativeMenuSchema } from '../../../preload/contract/nativeMenu.ts';
import { standardCommands } from '../../../renderer/editor/commands/standard.ts';
import { emptyDocument } from '../../../renderer/editor/document.ts';
import { Editor } from '../../../renderer/editor/editor.ts';
import { startTranslation } from '../../../renderer/ui/i18n.ts';
import { nativeMenus } from '../../../renderer/ui/menus.ts';

it('tells the system every command that has a menu, under its name in the chosen language', async () => {
  vi.stubGlobal('document', { documentElement: { lang: '' } });
  await startTranslation('ko');
  const editor = new Editor({ document: emptyDocument('m', { width: 128, height: 128 }) });
  const menus = nativeMenuSchema.parse(nativeMenus(standardCommands, editor));
  expect(menus.map(({ label }) => label)).toEqual(['파일', '편집', '상자', '정렬', '보기', '실행', '도움말']);
  const items = menus.flatMap((menu) => menu.items);
  const listed = standardCommands.filter(({ keyboardOnly }) => keyboardOnly !== true);
  expect(items.filter(({ id }) => !id.startsWith('system.'))).toHaveLength(listed.length);
  expect(items.filter(({ id }) => id.startsWith('system.'))).toHaveLength(3);
  expect(items.every(({ label }) => /\p{Script=Hangul}/u.test(label))).toBe(true);
  expect(items.find(({ id }) => id === 'edit.duplicate')).toMatchObject({
    shortcut: 'Mod+D',
    enabled: false,
  });
  expect(items.find(({ id }) => id === 'view.snapping')).toMatchObject({ checked: true });
});
