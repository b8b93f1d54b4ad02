import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { Editor } from '../editor/editor.ts';
import { boxById } from '../editor/document.ts';
import { colourOfBox } from '../../preload/contract/palette.ts';
import { toScreenRect } from './screenRect.ts';

interface Props {
  readonly editor: Editor;
  readonly label: string;
  readonly placeholder: string;
  /** Called when editing ends by a key, so that the focus can go back to the canvas. */
  readonly onDone: () => void;
}

/** The field over a box in which its phrase is edited in place. */
export function PhraseEditor({ editor, label, placeholder, onDone }: Props): ReactElement | null {
  const editing = useSyncExternalStore(editor.subscribe, () => editor.getSnapshot().editing);
  return editing === null ? null : (
    <PhraseField
      key={editing}
      id={editing}
      editor={editor}
      label={label}
      placeholder={placeholder}
      onDone={onDone}
    />
  );
}

function PhraseField({
  id,
  editor,
  label,
  placeholder,
  onDone,
}: Props & { readonly id: string }): ReactElement | null {
  const { document, viewport, canvas } = useSyncExternalStore(editor.subscribe, editor.getSnapshot);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, []);
  const box = boxById(document, id);
  if (box === undefined) {
    return null;
  }
  const rect = toScreenRect(box.box, viewport, document);
  const width = Math.min(Math.max(160, rect.width), 320, canvas.width - 16);
  const left = Math.min(Math.max(8, rect.x), canvas.width - width - 8);
  const top = Math.min(Math.max(8, rect.y), canvas.height - 34);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    // Enter that ends the composition of a Hangul syllable is not yet the end of the phrase.
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === 'Enter' || event.key === 'Tab') {
      editor.stopEditing('keep');
    } else if (event.key === 'Escape') {
      editor.stopEditing('discard');
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    onDone();
  };
  return (
    <input
      ref={field}
      className="layout-canvas__phrase"
      style={{ left, top, width, borderColor: colourOfBox(box.colour) }}
      value={box.phrase}
      aria-label={label}
      placeholder={placeholder}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => editor.typePhrase(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => editor.stopEditing('keep')}
    />
  );
}
