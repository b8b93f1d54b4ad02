import type { Editor } from '../editor.ts';

/** Where the palette and the shortcut sheet list a command, in this order. */
export const commandGroups = ['file', 'edit', 'tool', 'box', 'arrange', 'view', 'run', 'help'] as const;
export type CommandGroup = (typeof commandGroups)[number];

/**
 * canvas: the keys work while the canvas (or nothing) has the focus; page: also in panels, wherever nothing is typed;
 * global: also in text fields, so only with Ctrl/Command or a function key.
 */
export type CommandScope = 'canvas' | 'page' | 'global';

/**
 * One command: the menu, the shortcuts, the palette (Ctrl+K) and the shortcut sheet (?) are all made from
 * this object (excalidraw's actions are the model).
 */
export interface Command {
  /** Unique, dotted: 'edit.delete'. */
  readonly id: string;
  /** Key of the string catalogue. */
  readonly label: string;
  /** Values for placeholders in the label. */
  readonly labelValues?: Readonly<Record<string, string | number>>;
  readonly group: CommandGroup;
  /** As in 'Mod+Shift+Z', 'ArrowLeft', '?'; Mod is Ctrl, on a Mac Command. The first is the one shown. */
  readonly shortcuts: readonly string[];
  /** canvas when left out. */
  readonly scope?: CommandScope;
  /**
   * The browser has an event of its own for these keys (copy, cut, paste): the keyboard leaves them to it,
   * so that no permission for the clipboard is needed.
   */
  readonly native?: boolean;
  /** A held key runs it again and again, as one undo step. */
  readonly repeats?: boolean;
  /** Not worth a line in the palette (nudging by arrows). */
  readonly keyboardOnly?: boolean;
  enabled(editor: Editor): boolean;
  /** For commands that switch something: whether it is on. */
  checked?(editor: Editor): boolean;
  run(editor: Editor): void | Promise<void>;
}
