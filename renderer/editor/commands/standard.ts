import { arrangeCommands } from './arrange.ts';
import { boxCommands } from './box.ts';
import type { Command } from './command.ts';
import { editCommands } from './edit.ts';
import { viewCommands } from './view.ts';

/**
 * Every command of the editor itself. Size presets depend on the model: register sizeCommands(presets)
 * beside these whenever the model changes.
 */
export const standardCommands: readonly Command[] = [
  ...editCommands,
  ...viewCommands,
  ...boxCommands,
  ...arrangeCommands,
];
