import type { Editor } from '../editor.ts';
import type { Tool } from '../state.ts';
import type { Command } from './command.ts';

const always = (): boolean => true;

function toolCommand(tool: Tool, keys: readonly string[]): Command {
  return {
    id: `tool.${tool}`,
    label: `command.${tool}Tool`,
    group: 'tool',
    shortcuts: keys,
    scope: 'page',
    enabled: always,
    checked: (editor) => editor.getSnapshot().tool === tool,
    run: (editor) => editor.setTool(tool),
  };
}

function zoomCommand(name: string, keys: readonly string[], run: (editor: Editor) => void): Command {
  return {
    id: `view.${name}`,
    label: `command.${name}`,
    group: 'view',
    shortcuts: keys,
    scope: 'page',
    repeats: name === 'zoomIn' || name === 'zoomOut',
    enabled: always,
    run,
  };
}

const STEP = Math.SQRT2;

/** Ctrl with + - 0 stays the browser's: some people need the whole page larger. */
export const viewCommands: readonly Command[] = [
  toolCommand('draw', ['D', 'R']),
  toolCommand('select', ['V']),
  zoomCommand('zoomIn', ['+', '='], (editor) => editor.zoomBy(STEP)),
  zoomCommand('zoomOut', ['-'], (editor) => editor.zoomBy(1 / STEP)),
  zoomCommand('zoomFit', ['0', 'Shift+1'], (editor) => editor.fit()),
  zoomCommand('zoomActual', ['1'], (editor) => editor.actualSize()),
  {
    id: 'view.snapping',
    label: 'command.snapping',
    group: 'view',
    shortcuts: ['S'],
    scope: 'page',
    enabled: always,
    checked: (editor) => editor.getSnapshot().snapping,
    run: (editor) => editor.setSnapping(!editor.getSnapshot().snapping),
  },
];
