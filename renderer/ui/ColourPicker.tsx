import { useId, useRef } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { COLOUR_COUNT, colourOfBox, textOnBox } from '../../preload/contract/palette.ts';
import type { DocumentBox } from '../../preload/contract/project.ts';
import { setColour } from '../editor/document.ts';
import { useStudio } from './context.ts';
import { useT } from './i18n.ts';
import { setProperties } from './style.ts';

/** The colour of a box; its palette opens in the browser's own popover. */
export function ColourPicker({ box }: { readonly box: DocumentBox }): ReactElement {
  const { editor } = useStudio();
  const t = useT();
  const id = useId();
  const popover = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const colours = Array.from({ length: COLOUR_COUNT }, (_, index) => index);
  const name = box.phrase || t('layers.noPhrase');

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const swatches = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="radio"]')];
    const at = swatches.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 5, ArrowUp: -5 }[event.key];
    if (step !== undefined) {
      swatches[(at + step + swatches.length) % swatches.length]?.focus();
      event.preventDefault();
    }
    if (event.key !== 'Tab') {
      event.stopPropagation();
    }
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="layer__swatch"
        aria-label={t('layers.colour', { name })}
        title={t('layers.colourTitle')}
        tabIndex={-1}
        popoverTarget={id}
      >
        <span className="box-chip" />
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        className="menu colour-menu"
        role="radiogroup"
        aria-label={t('layers.colour', { name })}
        onKeyDown={onKeyDown}
        onToggle={(event) => {
          const menu = event.currentTarget;
          const from = button.current?.getBoundingClientRect();
          if (from !== undefined && event.newState === 'open') {
            menu.style.left = `${from.left}px`;
            menu.style.top = `${from.bottom + 4}px`;
            menu.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
          }
        }}
      >
        <div className="swatches">
          {colours.map((colour) => (
            <button
              key={colour}
              ref={setProperties({ '--box': colourOfBox(colour), '--on-box': textOnBox(colour) })}
              type="button"
              role="radio"
              className="swatch"
              aria-checked={box.colour % COLOUR_COUNT === colour}
              aria-label={t('layers.colourNumber', { number: colour + 1 })}
              onClick={() => {
                editor.edit('step.colour', (document) => setColour(document, [box.id], colour));
                popover.current?.hidePopover();
                button.current?.focus();
              }}
            >
              {colour + 1}
            </button>
          ))}
        </div>
      </div>
    </>
  );
}
