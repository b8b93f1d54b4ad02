import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import { placeBoxes } from '../editor/document.ts';
import { bounds, tidyBox } from '../editor/geometry/rect.ts';
import { frameFields, framePixels, typedFrame, withinFrame } from '../editor/geometry/typedFrame.ts';
import type { FrameField } from '../editor/geometry/typedFrame.ts';
import { movableBoxes } from '../editor/selection.ts';
import { typedNumber } from '../run/typedNumber.ts';
import { useEditorState, useStudio } from './context.ts';
import { useT } from './i18n.ts';

/** Place and size of the selection in image pixels, to be typed; of several boxes, those of the frame around them. */
export function BoxPlace(): ReactElement | null {
  const t = useT();
  const document = useEditorState((state) => state.document);
  const selection = useEditorState((state) => state.selection);
  const frame = bounds(movableBoxes(document, selection).map(({ box }) => box));
  if (frame === null) {
    return null;
  }
  const pixels = framePixels(frame, document);
  return (
    <section className="panel box-place" aria-label={t('place.title')}>
      {frameFields.map((field) => (
        <Field key={`${field} ${selection.join(' ')}`} field={field} value={pixels[field]} />
      ))}
    </section>
  );
}

function Field({ field, value }: { readonly field: FrameField; readonly value: number }): ReactElement {
  const studio = useStudio();
  const { editor } = studio;
  const t = useT();
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const take = (): void => {
    const typed = draft === null ? null : typedNumber(draft, 0, Number.MAX_SAFE_INTEGER, 1);
    setDraft(null);
    if (typed === null) {
      return;
    }
    if (typed.kind === 'none') {
      studio.toast(t('number.none', { label: t(`place.${field}Long`), text: draft ?? '', value }));
      return;
    }
    place(typed.value);
  };
  const place = (pixels: number): void => {
    const { document, selection } = editor.getSnapshot();
    const boxes = movableBoxes(document, selection);
    const from = bounds(boxes.map(({ box }) => box));
    if (from !== null) {
      const to = typedFrame(from, field, pixels, document);
      const label = field === 'x' || field === 'y' ? 'step.move' : 'step.resize';
      editor.edit(label, (current) =>
        placeBoxes(
          current,
          new Map(boxes.map(({ id: box, box: at }) => [box, tidyBox(withinFrame(at, from, to))])),
        ),
      );
    }
  };
  return (
    <div className="box-place__field">
      <label className="label" htmlFor={id} title={t(`place.${field}Long`)}>
        {t(`place.${field}`)}
      </label>
      <input
        id={id}
        className="field number"
        inputMode="numeric"
        value={draft ?? String(value)}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            take();
          } else if (event.key === 'Escape') {
            setDraft(null);
          } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
            event.preventDefault();
            setDraft(null);
            place(Math.max(0, value + (event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? 10 : 1)));
          }
        }}
      />
    </div>
  );
}
