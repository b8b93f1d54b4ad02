import { ChevronRight, Dices } from 'lucide-react';
import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import { seedModes } from '../../preload/contract/project.ts';
import { isacMethods } from '../../preload/contract/isac.ts';
import type { IsacMethod } from '../../preload/contract/isac.ts';
import { MAX_CAPTION, setNegative, updateIsac, updateSettings } from '../editor/document.ts';
import { useEditorState, useStudio } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { CaptionField } from './CaptionField.tsx';
import { MoreSettings } from './MoreSettings.tsx';
import { NumberSetting } from './NumberSetting.tsx';
import { Segmented } from './Segmented.tsx';
import { SourceSettings } from './SourceSettings.tsx';
import { typedSeed } from './typedNumber.ts';
import { WordsNote } from './WordsNote.tsx';

/** What the next run will be made of: sensible defaults in front, the rest folded away. */
export function PromptPanel(): ReactElement {
  const { editor } = useStudio();
  const t = useT();
  const document = useEditorState((state) => state.settled);
  const { settings } = document;
  const negative = useId();
  return (
    <div className="panel panel--scroll" tabIndex={-1}>
      <CaptionField />
      <WordsNote />
      <div className="stack">
        <div className="setting setting--wide">
          <span className="label" title={t('isac.explained')}>
            {t('isac.title')}
          </span>
          <Segmented<IsacMethod>
            label={t('isac.title')}
            value={settings.isac.method}
            options={isacMethods.map((value) => ({
              value,
              label: t(`isac.${value}`),
              title: t(`isac.${value}Title`),
            }))}
            onChange={(method) => editor.edit('step.settings', (current) => updateIsac(current, { method }))}
          />
        </div>
        <NumberSetting
          label={t('settings.strength')}
          hint={t('settings.strengthHint')}
          value={settings.isac.strength}
          min={0}
          max={10}
          sliderMax={settings.isac.stepRule === 'raw' ? 10 : 0.3}
          step={settings.isac.stepRule === 'raw' ? 0.1 : 0.005}
          disabled={settings.isac.method !== 'lo'}
          onChange={(strength) =>
            editor.hold('strength', 'step.settings', (current) => updateIsac(current, { strength }))
          }
        />
        <NumberSetting
          label={t('settings.steps')}
          value={settings.steps}
          min={1}
          max={1000}
          sliderMax={60}
          step={1}
          onChange={(steps) =>
            editor.hold('steps', 'step.settings', (current) => updateSettings(current, { steps }))
          }
        />
        <Seed />
      </div>
      <SourceSettings />
      <details className="fold">
        <summary>
          <ChevronRight className="fold__arrow" size={14} aria-hidden="true" />
          {t('settings.more')}
        </summary>
        <label className="label" htmlFor={negative}>
          {t('negative.title')}
        </label>
        <textarea
          id={negative}
          className="field"
          rows={2}
          placeholder={t('negative.placeholder')}
          value={document.negative}
          onChange={(event) => {
            const negative = editor.fitted(event.target.value, MAX_CAPTION);
            editor.hold('negative', 'step.negative', (current) => setNegative(current, negative));
          }}
          onBlur={() => editor.release()}
        />
        <MoreSettings />
      </details>
    </div>
  );
}

function Seed(): ReactElement {
  const studio = useStudio();
  const { editor } = studio;
  const t = useT();
  const [draft, setDraft] = useState<string | null>(null);
  const id = useId();
  const seed = useEditorState((state) => state.document.settings.seed);
  const mode = useEditorState((state) => state.document.seedMode);
  return (
    <>
      <div className="setting setting--wide">
        <label className="label" htmlFor={id}>
          {t('seed.title')}
        </label>
        <div className="seed">
          <input
            id={id}
            className="field number"
            inputMode="numeric"
            value={draft ?? String(seed)}
            title={t('seed.randomHint')}
            onChange={(event) => {
              const text = event.target.value;
              setDraft(text);
              const typed = typedSeed(text, Math.random);
              if (typed.kind === 'number') {
                editor.hold('seed', 'step.seed', (current) => updateSettings(current, { seed: typed.value }));
              }
            }}
            onBlur={() => {
              const typed = draft === null ? null : typedSeed(draft, Math.random);
              if (typed?.kind === 'random' || typed?.kind === 'clamped') {
                const { value } = typed;
                editor.hold('seed', 'step.seed', (current) => updateSettings(current, { seed: value }));
                studio.toast(
                  typed.kind === 'random'
                    ? t('seed.drawn', { value })
                    : t('number.clamped', {
                        label: t('seed.title'),
                        min: 0,
                        max: Number.MAX_SAFE_INTEGER,
                        value,
                      }),
                );
              } else if (typed?.kind === 'none') {
                studio.toast(t('number.none', { label: t('seed.title'), text: draft ?? '', value: seed }));
              }
              setDraft(null);
              editor.release();
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') {
                event.currentTarget.blur();
              } else if (event.key === 'Escape') {
                editor.abandon();
                setDraft(null);
              }
            }}
          />
          <button
            type="button"
            className="icon-button"
            aria-label={t('seed.draw')}
            title={t('seed.draw')}
            onClick={() =>
              editor.edit('step.seed', (current) =>
                updateSettings(current, { seed: Math.floor(Math.random() * 2 ** 32) }),
              )
            }
          >
            <Dices size={16} />
          </button>
        </div>
      </div>
      <div className="setting setting--wide">
        <span className="label">{t('seed.mode')}</span>
        <Segmented
          label={t('seed.mode')}
          value={mode}
          options={seedModes.map((value) => ({
            value,
            label: t(`seed.${value}`),
            title: t(`seed.${value}Title`),
          }))}
          onChange={(seedMode) => editor.edit('step.seed', (current) => ({ ...current, seedMode }))}
        />
      </div>
    </>
  );
}
