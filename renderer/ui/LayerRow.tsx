import { Eye, EyeOff, Link2, Lock, LockOpen } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import type { DocumentBox } from '../../preload/contract/project.ts';
import { colourOfBox } from '../../preload/contract/palette.ts';
import { MAX_PHRASE, setHidden, setLocked, setPhrase } from '../editor/document.ts';
import { toggled } from '../editor/selection.ts';
import { ColourPicker } from './ColourPicker.tsx';
import { useStudio } from './context.ts';
import { useT } from './i18n.ts';
import { setProperties } from './style.ts';

export interface LayerActions {
  /** Which row's phrase is being edited; null ends it. */
  readonly rename: (id: string | null) => void;
  readonly focused: (id: string) => void;
  readonly dragStart: (id: string) => void;
  readonly dragOver: (id: string, after: boolean) => void;
  readonly dragEnd: (dropped: boolean) => void;
}

interface Props {
  readonly box: DocumentBox;
  readonly number: number;
  readonly selected: boolean;
  readonly tabbable: boolean;
  readonly lit: boolean;
  readonly bound: boolean;
  readonly renaming: boolean;
  readonly drop: 'before' | 'after' | null;
  readonly actions: LayerActions;
}

/** One box in the list: number, colour, phrase, lock, hide. */
export const LayerRow = memo(function LayerRow(props: Props): ReactElement {
  const { box, number, selected, tabbable, lit, bound, renaming, drop, actions } = props;
  const studio = useStudio();
  const { editor } = studio;
  const t = useT();
  const name = box.phrase || t('layers.noPhrase');
  const classes = [
    'layer',
    lit ? 'layer--lit' : '',
    box.hidden ? 'layer--hidden' : '',
    drop === null ? '' : `layer--drop-${drop}`,
  ];
  const states = [
    box.locked ? t('layers.isLocked') : '',
    box.hidden ? t('layers.isHidden') : '',
    bound ? t('layers.isBound') : '',
  ].filter(Boolean);
  return (
    <div
      ref={setProperties({ '--box': colourOfBox(box.colour) })}
      className={classes.join(' ')}
      role="row"
      aria-selected={selected}
      aria-rowindex={number}
      aria-label={[`${number}. ${name}`, ...states].join(', ')}
      tabIndex={tabbable ? 0 : -1}
      data-row={box.id}
      draggable={!renaming}
      onFocus={() => actions.focused(box.id)}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest('button, input')) {
          const { selection } = editor.getSnapshot();
          editor.select(
            event.ctrlKey || event.metaKey || event.shiftKey ? toggled(selection, box.id) : [box.id],
          );
          // Whoever clicks goes on with the canvas's keys: arrows nudge. By the keyboard one stays in the list.
          document.querySelector<HTMLElement>('[data-layout-canvas]')?.focus({ preventScroll: true });
        }
      }}
      onDoubleClick={(event) => {
        if (!(event.target as HTMLElement).closest('button')) {
          actions.rename(box.id);
        }
      }}
      onPointerEnter={() => studio.light(box.id)}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', box.phrase);
        actions.dragStart(box.id);
      }}
      onDragOver={(event) => {
        event.preventDefault();
        const { top, height } = event.currentTarget.getBoundingClientRect();
        actions.dragOver(box.id, event.clientY > top + height / 2);
      }}
      onDrop={(event) => {
        event.preventDefault();
        actions.dragEnd(true);
      }}
      onDragEnd={() => actions.dragEnd(false)}
    >
      <span className="layer__number" role="gridcell">
        {number}
      </span>
      <span role="gridcell">
        <ColourPicker box={box} />
      </span>
      <span role="gridcell" className="layer__phrase-cell">
        {renaming ? (
          <RenameField box={box} onDone={() => actions.rename(null)} />
        ) : (
          <span className={`layer__phrase${box.phrase === '' ? ' layer__phrase--empty' : ''}`}>
            {name}
            {bound && <Link2 className="layer__bound" size={12} aria-hidden="true" />}
          </span>
        )}
      </span>
      <span role="gridcell">
        <button
          type="button"
          className="icon-button icon-button--small layer__flag"
          aria-pressed={box.locked}
          aria-label={t('layers.lock', { name })}
          title={t(box.locked ? 'layers.unlockTitle' : 'layers.lockTitle')}
          tabIndex={-1}
          onClick={() => editor.edit('step.lock', (document) => setLocked(document, [box.id], !box.locked))}
        >
          {box.locked ? <Lock size={14} /> : <LockOpen size={14} />}
        </button>
      </span>
      <span role="gridcell">
        <button
          type="button"
          className="icon-button icon-button--small layer__flag"
          aria-pressed={box.hidden}
          aria-label={t('layers.hide', { name })}
          title={t(box.hidden ? 'layers.showTitle' : 'layers.hideTitle')}
          tabIndex={-1}
          onClick={() => editor.edit('step.hide', (document) => setHidden(document, [box.id], !box.hidden))}
        >
          {box.hidden ? <EyeOff size={14} /> : <Eye size={14} />}
        </button>
      </span>
    </div>
  );
});

function RenameField({
  box,
  onDone,
}: {
  readonly box: DocumentBox;
  readonly onDone: () => void;
}): ReactElement {
  const { editor } = useStudio();
  const t = useT();
  const [text, setText] = useState(box.phrase);
  const ref = useRef<HTMLInputElement>(null);
  const left = useRef(false);
  useEffect(() => {
    ref.current?.focus();
    ref.current?.select();
  }, []);
  const end = (keep: boolean): void => {
    if (left.current) {
      return;
    }
    left.current = true;
    if (keep && text.trim() !== box.phrase) {
      editor.edit('step.phrase', (document) => setPhrase(document, box.id, text.trim()));
    }
    onDone();
  };
  return (
    <input
      ref={ref}
      className="layer__field"
      aria-label={t('layers.phrase')}
      value={text}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => setText(editor.fitted(event.target.value, MAX_PHRASE))}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) {
          return;
        }
        if (event.key === 'Enter' || event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          end(event.key === 'Enter');
        }
      }}
    />
  );
}
