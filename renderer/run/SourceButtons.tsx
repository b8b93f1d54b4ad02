import { Brush, Shuffle } from 'lucide-react';
import type { ReactElement } from 'react';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { isMac } from '../ui/platform.ts';

const buttons = [
  { id: 'run.repaint', label: 'command.run.repaint', Icon: Brush },
  { id: 'run.vary', label: 'command.run.vary', Icon: Shuffle },
] as const;

/** In the bar of a result: go on from it. */
export function SourceButtons(): ReactElement {
  const studio = useStudio();
  const t = useT();
  // What the commands' `enabled` looks at.
  useEditorState((state) => state.selection);
  useStudioState((state) => state.shown);
  return (
    <>
      {buttons.map(({ id, label, Icon }) => {
        const command = studio.commands.byId(id);
        return (
          <button
            key={id}
            type="button"
            className="icon-button"
            aria-label={t(label)}
            title={`${t(label)}  ${displayShortcut(command?.shortcuts[0] ?? '', isMac)}`}
            disabled={command?.enabled(studio.editor) !== true}
            onClick={() => studio.runCommand(id)}
          >
            <Icon size={16} />
          </button>
        );
      })}
    </>
  );
}
