import {
  Link2,
  Link2Off,
  MousePointer2,
  SquareDashed,
  SquarePlus,
  Magnet,
  Undo2,
  Redo2,
  X,
} from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { run } from '../editor/commands/keyboard.ts';
import { displayShortcut } from '../editor/commands/shortcut.ts';
import { boxById, setBound } from '../editor/document.ts';
import { useEditorState, useStudio } from './context.ts';
import { useMessage, useT } from './i18n.ts';
import { Hint } from './Hint.tsx';
import { LayerList } from './LayerList.tsx';
import { BoxPlace } from './BoxPlace.tsx';
import { isMac } from './platform.ts';

/** The left side: tools, the list of boxes, and the pairs that are not pushed apart. */
export function LayerPanel(): ReactElement {
  const t = useT();
  const count = useEditorState((state) => state.settled.boxes.length);
  return (
    <aside className="studio__left" aria-label={t('layers.title')}>
      <div className="panel">
        <div className="toolbar" role="toolbar" aria-label={t('tools.title')}>
          <Tool id="tool.select">
            <MousePointer2 size={16} />
          </Tool>
          <Tool id="tool.draw">
            <SquarePlus size={16} />
          </Tool>
          <Tool id="view.snapping">
            <Magnet size={16} />
          </Tool>
          <span className="toolbar__line" />
          <Tool id="view.zoomFit">
            <SquareDashed size={16} />
          </Tool>
          <span className="spacer" />
          <Tool id="edit.undo">
            <Undo2 size={16} />
          </Tool>
          <Tool id="edit.redo">
            <Redo2 size={16} />
          </Tool>
        </div>
      </div>
      <div className="panel__head panel__head--flush">
        <h2 className="panel__title">{t('layers.title')}</h2>
        <span className="label number">{count}</span>
      </div>
      <LayerList />
      <BoxPlace />
      <Hint />
      <Pairs />
      <Backdrop />
    </aside>
  );
}

/** A button of a command: pressed when the command says it is on. */
export function Tool({
  id,
  children,
}: {
  readonly id: string;
  readonly children: ReactNode;
}): ReactElement | null {
  const { commands, editor } = useStudio();
  const say = useMessage();
  const command = commands.byId(id);
  const enabled = useEditorState(() => command?.enabled(editor) === true);
  const checked = useEditorState(() => command?.checked?.(editor));
  if (command === undefined) {
    return null;
  }
  const label = say({ key: command.label, values: command.labelValues ?? {} });
  const keys = command.shortcuts[0];
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      aria-pressed={checked}
      title={keys === undefined ? label : `${label}  ${displayShortcut(keys, isMac)}`}
      disabled={!enabled}
      onClick={() => run(command, editor)}
    >
      {children}
    </button>
  );
}

/** The picture to draw over, when there is one. */
function Backdrop(): ReactElement | null {
  const { editor } = useStudio();
  const t = useT();
  const backdrop = useEditorState((state) => state.document.backdrop);
  if (backdrop === null) {
    return null;
  }
  return (
    <section className="panel" aria-label={t('backdrop.title')}>
      <div className="panel__head">
        <h2 className="panel__title">{t('backdrop.title')}</h2>
        <button
          type="button"
          className="icon-button icon-button--small"
          aria-label={t('backdrop.remove')}
          title={t('backdrop.remove')}
          onClick={() => editor.edit('step.backdrop', (document) => ({ ...document, backdrop: null }))}
        >
          <X size={14} />
        </button>
      </div>
      <input
        className="range"
        type="range"
        aria-label={t('backdrop.opacity')}
        min={0}
        max={1}
        step={0.05}
        value={backdrop.opacity}
        onChange={(event) => {
          const opacity = Number(event.target.value);
          editor.hold('backdrop', 'step.backdrop', (document) => ({
            ...document,
            backdrop: document.backdrop === null ? null : { ...document.backdrop, opacity },
          }));
        }}
        onPointerUp={() => editor.release()}
        onKeyUp={() => editor.release()}
        onBlur={() => editor.release()}
      />
    </section>
  );
}

function Pairs(): ReactElement {
  const { editor, commands } = useStudio();
  const t = useT();
  const document = useEditorState((state) => state.settled);
  const selection = useEditorState((state) => state.selection);
  const bind = commands.byId('box.bind');
  const canBind = bind !== undefined && selection.length > 1 && bind.enabled(editor);
  const name = (id: string): string => boxById(document, id)?.phrase || t('layers.noPhrase');
  return (
    <section className="panel" aria-label={t('pairs.title')}>
      <div className="panel__head">
        <h2 className="panel__title" title={t('pairs.explained')}>
          {t('pairs.title')}
        </h2>
        <button
          type="button"
          className="icon-button icon-button--small"
          aria-label={t('pairs.bind')}
          title={t('pairs.bindHow')}
          disabled={!canBind}
          onClick={() => bind && run(bind, editor)}
        >
          <Link2 size={15} />
        </button>
      </div>
      {document.bind.length === 0 ? (
        <p className="label">{t('pairs.none')}</p>
      ) : (
        <ul className="pairs">
          {document.bind.map(([a, b]) => (
            <li key={`${a} ${b}`} className="pair">
              <Link2Off size={14} aria-hidden="true" />
              <span className="pair__names">
                {name(a)} + {name(b)}
              </span>
              <button
                type="button"
                className="icon-button icon-button--small"
                aria-label={t('pairs.unbind', { a: name(a), b: name(b) })}
                onClick={() => editor.edit('step.unbind', (current) => setBound(current, a, b, false))}
              >
                <X size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
