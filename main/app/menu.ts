import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  newWindow(): void;
  /** Runs a command of the page (its id in renderer/editor/commands) in the window in front. */
  command(id: string): void;
}

/**
 * The system's menu. Undo, copy and the like are the page's own commands: it decides between its canvas and its text
 * fields, and the shortcuts are the page's, shown here and not registered twice.
 */
export function menuTemplate(
  platform: string,
  { newWindow, command }: MenuActions,
): MenuItemConstructorOptions[] {
  const run = (label: string, id: string, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => command(id),
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  });
  const mac = platform === 'darwin';
  return [
    ...(mac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: '&File',
      submenu: [
        run('New project', 'file.new', 'CmdOrCtrl+N'),
        { label: 'New window', accelerator: 'CmdOrCtrl+Shift+N', click: newWindow },
        run('Open…', 'file.open', 'CmdOrCtrl+O'),
        run('Save as…', 'file.saveAs', 'CmdOrCtrl+Shift+S'),
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    // Roles, so that text fields and macOS's own dialogs have them.
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        run('Command palette', 'help.palette', 'CmdOrCtrl+K'),
        run('Shortcuts', 'help.shortcuts'),
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ];
}
