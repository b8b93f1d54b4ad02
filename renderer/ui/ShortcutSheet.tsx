import { useSyncExternalStore } from 'react';
import type { ReactElement } from 'react';
import { commandGroups } from '../editor/commands/command.ts';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { useStudio } from './context.ts';
import { Dialog } from './Dialog.tsx';
import { useMessage, useT } from './i18n.ts';
import { isMac } from './platform.ts';
import type { StringKey } from './strings/en.ts';

/** What the pointer does and no command says. */
const gestures: readonly { readonly keys: StringKey; readonly what: StringKey }[] = [
  { keys: 'gesture.clickAgain', what: 'gesture.clickAgainWhat' },
  { keys: 'gesture.drawOver', what: 'gesture.drawOverWhat' },
  { keys: 'gesture.space', what: 'gesture.spaceWhat' },
  { keys: 'gesture.wheel', what: 'gesture.wheelWhat' },
  { keys: 'gesture.doubleClick', what: 'gesture.doubleClickWhat' },
];

/** ?: every command that has a key, and the gestures. */
export function ShortcutSheet(): ReactElement {
  const { commands } = useStudio();
  const t = useT();
  const say = useMessage();
  const all = useSyncExternalStore(commands.subscribe, commands.all);
  return (
    <Dialog title={t('shortcuts.title')} size="wide">
      <div className="keys" tabIndex={0} role="region" aria-label={t('shortcuts.title')}>
        {commandGroups.map((group) => {
          const mine = all.filter((command) => command.group === group && command.shortcuts.length > 0);
          return mine.length === 0 ? null : (
            <section key={group} className="keys__group">
              <h3 className="keys__title">{t(`group.${group}`)}</h3>
              {mine.map((command) => (
                <div key={command.id} className="keys__row">
                  <span>{say({ key: command.label, values: command.labelValues ?? {} })}</span>
                  <span className="keys__combination">
                    {command.shortcuts.slice(0, 2).map((keys) => (
                      <kbd key={keys} className="kbd">
                        {displayShortcut(keys, isMac)}
                      </kbd>
                    ))}
                  </span>
                </div>
              ))}
            </section>
          );
        })}
        <section className="keys__group">
          <h3 className="keys__title">{t('shortcuts.pointer')}</h3>
          {gestures.map(({ keys, what }) => (
            <div key={keys} className="keys__row">
              <span>{t(what)}</span>
              <kbd className="kbd">{t(keys)}</kbd>
            </div>
          ))}
        </section>
      </div>
    </Dialog>
  );
}
