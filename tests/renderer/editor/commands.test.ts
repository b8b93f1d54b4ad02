import { describe, expect, it } from 'vitest';
import type { Box } from '../../../preload/contract/layout.ts';
import type { Command } from '../../../renderer/editor/commands/command.ts';
import { handleKeyDown } from '../../../renderer/editor/commands/keyboard.ts';
import { CommandRegistry } from '../../../renderer/editor/commands/registry.ts';
import { combinations, displayShortcut, parseShortcut } from '../../../renderer/editor/commands/shortcut.ts';
import { sizeCommands, sizePresets } from '../../../renderer/editor/commands/sizes.ts';
import { standardCommands } from '../../../renderer/editor/commands/standard.ts';
import { editorStrings } from '../../../renderer/editor/strings.ts';
import { boxOf, keyInput, User } from './helpers.ts';

const a: Box = [0.125, 0.125, 0.25, 0.25];
const b: Box = [0.5, 0.5, 0.75, 0.75];
const c: Box = [0.375, 0.0625, 0.4375, 0.9375];

const command = (patch: Partial<Command>): Command => ({
  id: 'test.one',
  label: 'x',
  group: 'edit',
  shortcuts: [],
  enabled: () => true,
  run: () => undefined,
  ...patch,
});

describe('the registry', () => {
  it('holds every command of the editor and every size without a conflict', () => {
    const registry = new CommandRegistry();
    registry.registerAll([
      ...standardCommands,
      ...sizeCommands(sizePresets({ width: 512, height: 512 }, 64)),
    ]);
    expect(registry.all()).toHaveLength(standardCommands.length + 7);
    const keys = standardCommands.flatMap(({ shortcuts }) => shortcuts);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('refuses a shortcut that is taken, however it is written, and registers nothing of that command', () => {
    const registry = new CommandRegistry();
    registry.register(command({ shortcuts: ['Mod+Shift+K'] }));
    expect(() => registry.register(command({ id: 'test.two', shortcuts: ['Q', 'Shift+Mod+k'] }))).toThrow(
      'Command "test.two": the shortcut Mod+Shift+k belongs to "test.one" already.',
    );
    expect(registry.byId('test.two')).toBeUndefined();
    expect(registry.find(keyInput('q'))).toBeUndefined();
  });

  it('refuses an id twice, a shortcut twice in one command, and one that cannot be read', () => {
    const registry = new CommandRegistry();
    registry.register(command({}));
    expect(() => registry.register(command({}))).toThrow('registered twice');
    expect(() => registry.register(command({ id: 'test.two', shortcuts: ['K', 'k'] }))).toThrow('belongs to');
    expect(() => registry.register(command({ id: 'test.three', shortcuts: ['Ctrl+K'] }))).toThrow('not Mod');
    expect(() => registry.register(command({ id: 'test.four', shortcuts: ['Mod+Foo'] }))).toThrow(
      'not a key',
    );
  });

  it('takes a command back with its shortcuts and tells its listeners', () => {
    const registry = new CommandRegistry();
    let calls = 0;
    registry.subscribe(() => {
      calls += 1;
    });
    const undo = registry.register(command({ shortcuts: ['Mod+Enter'] }));
    expect(registry.find(keyInput('Enter', { mod: true }))?.id).toBe('test.one');
    undo();
    undo();
    expect(registry.find(keyInput('Enter', { mod: true }))).toBeUndefined();
    expect(registry.all()).toEqual([]);
    expect(calls).toBe(2);
  });

  it('every label has a text in both languages, with the same placeholders', () => {
    for (const { label } of [
      ...standardCommands,
      ...sizeCommands(sizePresets({ width: 512, height: 512 }, 8)),
    ]) {
      expect(Object.keys(editorStrings.en)).toContain(label);
    }
    for (const [key, text] of Object.entries(editorStrings.en)) {
      const korean = Object.entries(editorStrings.ko).find(([other]) => other === key)?.[1] ?? '';
      const holes = (of: string): string[] => [...of.matchAll(/\{\{\w+\}\}/g)].map(([hole]) => hole).sort();
      expect(holes(korean), key).toEqual(holes(text));
    }
  });
});

describe('shortcuts', () => {
  it('match what a key types, and the place of the key under another script', () => {
    expect(combinations({ ...keyInput('z', { mod: true }) })).toEqual(['Mod+z']);
    expect(combinations({ ...keyInput('ㅋ', { mod: true }), code: 'KeyZ' })).toEqual(['Mod+z']);
    expect(combinations({ ...keyInput('å', { alt: true }), code: 'KeyA' })).toEqual(['Alt+a']);
    expect(combinations({ ...keyInput('a'), code: 'KeyQ' })).toEqual(['a']);
    expect(combinations({ ...keyInput('}', { shift: true }), code: 'BracketRight' })).toContain('Shift+]');
    expect(combinations({ ...keyInput('?', { shift: true }), code: 'Slash' })[0]).toBe('?');
    expect(combinations({ ...keyInput('+', { shift: true }), code: 'Equal' })[0]).toBe('+');
  });

  it('can hold a plus', () => {
    expect(parseShortcut('Mod++')).toEqual({ mod: true, shift: false, alt: false, key: '+' });
  });

  it('are written as each system writes them', () => {
    expect(displayShortcut('Mod+Shift+Z', false)).toBe('Ctrl+Shift+Z');
    expect(displayShortcut('Mod+Shift+Z', true)).toBe('⇧⌘Z');
    expect(displayShortcut('ArrowLeft', false)).toBe('←');
  });

  it('leave text fields and native clipboard events alone', () => {
    const user = new User([a]);
    user.editor.select(['box-1']);
    const down = (key: string, target: 'canvas' | 'panel' | 'text', mod = false): boolean =>
      handleKeyDown(user.commands, user.editor, keyInput(key, { mod }), target);
    expect(down('Delete', 'text')).toBe(false);
    expect(down('Delete', 'panel')).toBe(false);
    expect(down('c', 'canvas', true)).toBe(false);
    expect(down('z', 'text', true)).toBe(false);
    expect(down('z', 'panel', true)).toBe(true);
    expect(user.document.boxes).toHaveLength(1);
    expect(down('Delete', 'canvas')).toBe(true);
    expect(user.document.boxes).toHaveLength(0);
  });

  it('a command that fails is told in a sentence', async () => {
    const user = new User();
    user.commands.register(command({ shortcuts: ['K'], run: () => Promise.reject(new Error('no engine')) }));
    user.key('k');
    await Promise.resolve();
    await Promise.resolve();
    expect(user.editor.getSnapshot().notice).toMatchObject({
      key: 'notice.commandFailed',
      values: { message: 'no engine' },
    });
  });
});

describe('commands', () => {
  const order = (user: User): string => user.document.boxes.map(({ id }) => id.replace('box-', '')).join('');

  it('change the order', () => {
    const user = new User([a, b, c, a]);
    user.editor.select(['box-1', 'box-2']);
    user.run('arrange.forward');
    expect(order(user)).toBe('3124');
    user.run('arrange.front');
    expect(order(user)).toBe('3412');
    user.run('arrange.backward');
    expect(order(user)).toBe('3124');
    user.run('arrange.back');
    expect(order(user)).toBe('1234');
    expect(user.commands.byId('arrange.back')?.enabled(user.editor)).toBe(false);
  });

  it('align, distribute and fill, but leave locked boxes alone', () => {
    const user = new User([], { boxes: [boxOf(0, a), boxOf(1, b), boxOf(2, c, { locked: true })] });
    user.run('edit.selectAll');
    expect(user.selection).toEqual(['box-1', 'box-2']);
    user.editor.select(['box-1', 'box-2', 'box-3']);
    user.run('arrange.alignLeft');
    expect(user.box('box-2')).toEqual([0.125, 0.5, 0.375, 0.75]);
    expect(user.box('box-3')).toBe(c);
    expect(user.commands.byId('arrange.distributeVertical')?.enabled(user.editor)).toBe(false);
    user.run('edit.delete');
    expect(user.document.boxes.map(({ id }) => id)).toEqual(['box-3']);
    user.run('box.fillImage');
    expect(user.box('box-3')).toBe(c);
    user.run('box.lock');
    user.run('box.fillImage');
    expect(user.box('box-3')).toEqual([0, 0, 1, 1]);
  });

  it('lock and hide switch all on when any is off', () => {
    const user = new User([], { boxes: [boxOf(0, a, { hidden: true }), boxOf(1, b)] });
    user.editor.select(['box-1', 'box-2']);
    expect(user.commands.byId('box.hide')?.checked?.(user.editor)).toBe(false);
    user.run('box.hide');
    expect(user.document.boxes.map(({ hidden }) => hidden)).toEqual([true, true]);
    expect(user.document.caption.text).toBe('');
    user.run('box.hide');
    expect(user.document.boxes.map(({ hidden }) => hidden)).toEqual([false, false]);
    expect(user.document.caption.text).toBe('a thing 1 and a thing 2');
  });

  it('bind and unbind the pairs of the selection', () => {
    const user = new User([a, b, c]);
    user.run('edit.selectAll');
    user.run('box.bind');
    expect(user.document.bind).toHaveLength(3);
    expect(user.commands.byId('box.bind')?.enabled(user.editor)).toBe(false);
    user.editor.select(['box-3', 'box-1']);
    user.run('box.unbind');
    expect(user.document.bind).toEqual([
      ['box-1', 'box-2'],
      ['box-2', 'box-3'],
    ]);
    user.editor.select(['box-2']);
    user.run('edit.delete');
    expect(user.document.bind).toEqual([]);
  });

  it('walk through the boxes both ways and pass hidden ones', () => {
    const user = new User([], { boxes: [boxOf(0, a), boxOf(1, b, { hidden: true }), boxOf(2, c)] });
    user.key('n');
    expect(user.selection).toEqual(['box-1']);
    user.key('n');
    expect(user.selection).toEqual(['box-3']);
    user.key('n');
    expect(user.selection).toEqual(['box-1']);
    user.key('N', { shift: true });
    expect(user.selection).toEqual(['box-3']);
    user.key('Escape');
    expect(user.selection).toEqual([]);
    user.key('N', { shift: true });
    expect(user.selection).toEqual(['box-3']);
  });

  it('Enter edits the phrase, Escape gives the old one back', () => {
    const user = new User([a]);
    user.editor.select(['box-1']);
    user.key('Enter');
    user.editor.typePhrase('sheep');
    expect(user.document.caption.text).toBe('a sheep');
    user.key('Escape');
    expect(user.document.boxes[0]?.phrase).toBe('thing 1');
    expect(user.editor.getSnapshot().editing).toBeNull();
    expect(user.selection).toEqual(['box-1']);
    expect(user.editor.getSnapshot().undoLabel).toBeNull();
  });

  it('sizes follow the ratio, the multiple and the number of pixels', () => {
    const presets = sizePresets({ width: 512, height: 512 }, 64);
    expect(presets[0]).toEqual({ aspect: '1:1', width: 512, height: 512 });
    for (const { width, height } of presets) {
      expect(width % 64).toBe(0);
      expect(height % 64).toBe(0);
      expect(Math.abs((width * height) / 512 ** 2 - 1)).toBeLessThan(0.2);
    }
    // The embedded model: latents of an eighth and two halvings.
    expect(sizePresets({ width: 128, height: 128 }, 32)).toEqual([
      { aspect: '1:1', width: 128, height: 128 },
      { aspect: '16:9', width: 160, height: 96 },
      { aspect: '9:16', width: 96, height: 160 },
    ]);
    const user = new User([a]);
    user.commands.registerAll(sizeCommands(presets));
    user.run('size.3:2');
    expect(user.document).toMatchObject({ width: 640, height: 448 });
    expect(user.box('box-1')).toEqual(a);
    user.editor.undo();
    expect(user.document.width).toBe(512);
  });
});

describe('keys that look or make, wherever the focus is', () => {
  const page = command({ id: 'test.page', shortcuts: ['Alt+2', 'PageDown'], scope: 'page' });
  const pressed = (target: 'canvas' | 'panel' | 'choice' | 'text', key: string, alt = false): boolean => {
    const user = new User();
    let ran = false;
    user.commands.register({ ...page, run: () => void (ran = true) });
    handleKeyDown(user.commands, user.editor, keyInput(key, { alt }), target);
    return ran;
  };

  it('work on the canvas and in panels, never where something is typed', () => {
    for (const [key, alt] of [
      ['2', true],
      ['PageDown', false],
    ] as const) {
      expect([pressed('canvas', key, alt), pressed('panel', key, alt), pressed('text', key, alt)]).toEqual([true, true, false]); // prettier-ignore
    }
    // A slider and a list of choices have a meaning of their own for plain keys.
    expect([pressed('choice', '2', true), pressed('choice', 'PageDown')]).toEqual([true, false]);
  });
});

describe('a new box by a key', () => {
  it('lies in the middle of what is seen, opens its phrase and is one step; the next one does not hide it', () => {
    const user = new User();
    handleKeyDown(user.commands, user.editor, keyInput('i'), 'panel');
    expect(user.editor.getSnapshot().editing).toBe('box-1');
    const [x0, y0, x1, y1] = user.box('box-1');
    expect([(x0 + x1) / 2, (y0 + y1) / 2].map((value) => Math.round(value * 100))).toEqual([50, 50]);
    user.editor.stopEditing('keep');
    user.key('i');
    user.editor.stopEditing('keep');
    expect(user.box('box-2')).not.toEqual(user.box('box-1'));
    user.key('ArrowLeft');
    user.editor.undo();
    user.editor.undo();
    expect(user.document.boxes.map(({ id }) => id)).toEqual(['box-1']);
  });

  it('stays inside of the image when the view is at its corner', () => {
    const user = new User();
    user.editor.zoomTo(8);
    user.editor.setViewport({ zoom: 8, x: 300, y: 250 });
    user.key('i');
    expect(user.box('box-1').slice(0, 2)).toEqual([0, 0]);
  });
});
