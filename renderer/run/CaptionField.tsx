import { RotateCcw } from 'lucide-react';
import { useId, useMemo, useRef } from 'react';
import type { ReactElement } from 'react';
import { captionRanges } from '../../preload/contract/caption.ts';
import { colourOfBox } from '../../preload/contract/palette.ts';
import { MAX_CAPTION, remakeCaption, setCaption, visibleBoxes } from '../editor/document.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { setProperties } from '../ui/style.ts';
import { captionParts } from './captionParts.ts';

/** The caption: made from the boxes until it is edited; a box's words carry its colour. */
export function CaptionField(): ReactElement {
  const studio = useStudio();
  const { editor } = studio;
  const t = useT();
  const id = useId();
  const layout = useEditorState((state) => state.settled);
  const highlight = useStudioState((state) => state.highlight);
  const mirror = useRef<HTMLDivElement>(null);
  const { text, edited } = layout.caption;
  const parts = useMemo(() => {
    const boxes = visibleBoxes(layout);
    const ranges = captionRanges(
      text,
      boxes.map(({ phrase }) => phrase),
    );
    return captionParts(
      text,
      boxes.flatMap((box, index) => {
        const range = ranges[index];
        return range ? [{ ...range, box }] : [];
      }),
    );
  }, [layout, text]);
  const onScroll = (event: React.UIEvent<HTMLTextAreaElement>): void => {
    if (mirror.current) {
      mirror.current.scrollTop = event.currentTarget.scrollTop;
    }
  };
  return (
    <div>
      <div className="panel__head">
        <label className="panel__title" htmlFor={id}>
          {t('caption.title')}
        </label>
        {edited ? (
          <button
            type="button"
            className="button button--quiet button--small"
            title={t('caption.remakeTitle')}
            onClick={() => editor.edit('step.caption', remakeCaption)}
          >
            <RotateCcw size={13} aria-hidden="true" />
            {t('caption.remake')}
          </button>
        ) : (
          <span className="label">{t('caption.made')}</span>
        )}
      </div>
      <div className="caption">
        <div ref={mirror} className="caption__mirror" aria-hidden="true">
          {parts.map(({ start, text: words, box }) =>
            box === null ? (
              <span key={start}>{words}</span>
            ) : (
              <span
                key={start}
                ref={setProperties({ '--box': colourOfBox(box.colour) })}
                className={`caption__word${highlight === box.id ? ' caption__word--lit' : ''}`}
                data-box={box.id}
              >
                {words}
              </span>
            ),
          )}
          {'\u200b'}
        </div>
        <textarea
          id={id}
          className="caption__text"
          value={text}
          placeholder={t('caption.placeholder')}
          onChange={(event) => {
            const caption = editor.fitted(event.target.value, MAX_CAPTION);
            editor.hold('caption', 'step.caption', (current) => setCaption(current, caption));
          }}
          onBlur={() => editor.release()}
          onKeyDown={(event) => {
            // What was typed in one go is one step, as everywhere else; the field's own undo goes by letters.
            const { key, code, repeat, shiftKey: shift, altKey: alt } = event;
            const mod = event.ctrlKey || event.metaKey;
            const command = studio.commands.find({ key, code, repeat, shift, alt, mod });
            if (command?.id === 'edit.undo' || command?.id === 'edit.redo') {
              event.preventDefault();
              studio.runCommand(command.id);
            }
          }}
          onScroll={onScroll}
          onPointerMove={(event) => studio.light(boxAt(event.clientX, event.clientY))}
          onPointerLeave={() => studio.light(null)}
        />
      </div>
    </div>
  );
}

/** The box whose words lie under the text field at a place. */
function boxAt(x: number, y: number): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const id = element instanceof HTMLElement ? element.dataset['box'] : undefined;
    if (id !== undefined) {
      return id;
    }
  }
  return null;
}
