import { useId } from 'react';
import type { ReactElement } from 'react';
import { isacSchedules } from '../../preload/contract/isac.ts';
import { devices, samplers } from '../../preload/contract/request.ts';
import type { IsacSchedule } from '../../preload/contract/isac.ts';
import type { Device, Sampler } from '../../preload/contract/request.ts';
import { isacPresets, presetOf, withPreset, type IsacPreset } from '../../preload/contract/isacPresets.ts';
import { sizePresets } from '../editor/commands/sizes.ts';
import { setSize, updateIsac, updateSettings } from '../editor/document.ts';
import { useEditorState, useStudio, useStudioState } from '../ui/context.ts';
import { useT } from '../ui/i18n.ts';
import { LoraSettings } from './LoraSettings.tsx';
import { NumberSetting } from './NumberSetting.tsx';

/** What few people change often. */
export function MoreSettings(): ReactElement {
  const { editor } = useStudio();
  const t = useT();
  const { settings } = useEditorState((state) => state.settled);
  const available = useStudioState((state) => state.devices);
  const works = (device: Device): boolean =>
    device === 'auto' || available === null || available.some((one) => one.device === device && one.works);
  return (
    <>
      <SizeSetting />
      <NumberSetting
        label={t('settings.guidance')}
        hint={t('settings.guidanceHint')}
        value={settings.guidanceScale}
        min={0}
        max={50}
        sliderMax={20}
        step={0.5}
        onChange={(guidanceScale) =>
          editor.hold('guidance', 'step.settings', (current) => updateSettings(current, { guidanceScale }))
        }
      />
      <NumberSetting
        label={t('settings.grounding')}
        hint={t('settings.groundingHint')}
        value={settings.groundingShare}
        min={0}
        max={1}
        step={0.05}
        onChange={(groundingShare) =>
          editor.hold('grounding', 'step.settings', (current) => updateSettings(current, { groundingShare }))
        }
      />
      <Choice<Sampler>
        label={t('settings.sampler')}
        value={settings.sampler}
        options={samplers.map((value) => ({ value, label: t(`sampler.${value}`) }))}
        onChange={(sampler) =>
          editor.edit('step.settings', (current) => updateSettings(current, { sampler }))
        }
      />
      <Choice<IsacPreset | 'own'>
        label={t('settings.preset')}
        value={presetOf(settings.isac) ?? 'own'}
        options={[
          ...isacPresets.map((value) => ({ value, label: t(`preset.${value}`) })),
          { value: 'own' as const, label: t('preset.own'), disabled: true },
        ]}
        onChange={(preset) => {
          if (preset === 'own') return;
          editor.edit('step.settings', (current) =>
            updateIsac(current, withPreset(current.settings.isac, preset)),
          );
        }}
      />
      <Choice<IsacSchedule>
        label={t('settings.schedule')}
        value={settings.isac.schedule}
        options={isacSchedules.map((value) => ({ value, label: t(`schedule.${value}`) }))}
        onChange={(schedule) => editor.edit('step.settings', (current) => updateIsac(current, { schedule }))}
      />
      <NumberSetting
        label={t('settings.candidates')}
        hint={t('settings.candidatesHint')}
        value={settings.isac.candidates}
        min={2}
        max={64}
        step={1}
        disabled={settings.isac.method !== 'ls'}
        onChange={(candidates) =>
          editor.hold('candidates', 'step.settings', (current) => updateIsac(current, { candidates }))
        }
      />
      <Choice<Device>
        label={t('settings.device')}
        value={settings.device}
        options={devices.map((value) => ({
          value,
          label: works(value) ? t(`device.${value}`) : t('device.missing', { device: t(`device.${value}`) }),
          disabled: !works(value),
        }))}
        onChange={(device) => editor.edit('step.settings', (current) => updateSettings(current, { device }))}
      />
      <LoraSettings />
    </>
  );
}

function SizeSetting(): ReactElement {
  const { editor } = useStudio();
  const t = useT();
  const { width, height, settings } = useEditorState((state) => state.settled);
  const models = useStudioState((state) => state.models);
  const model = models?.find(({ id }) => id === settings.model);
  const presets = model === undefined ? [] : sizePresets(model, model.sizeMultiple);
  const current = `${width}x${height}`;
  const known = presets.some((size) => `${size.width}x${size.height}` === current);
  return (
    <Choice
      label={t('settings.size')}
      value={current}
      options={[
        ...(known ? [] : [{ value: current, label: `${width} × ${height}` }]),
        ...presets.map((size) => ({
          value: `${size.width}x${size.height}`,
          label: `${size.aspect}   ${size.width} × ${size.height}`,
        })),
      ]}
      onChange={(value) => {
        const size = presets.find((one) => `${one.width}x${one.height}` === value);
        if (size !== undefined) {
          editor.edit('step.size', (document) =>
            setSize(document, { width: size.width, height: size.height }),
          );
        }
      }}
    />
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly disabled?: boolean }[];
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>): ReactElement {
  const id = useId();
  return (
    <div className="setting setting--wide">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="field"
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen !== undefined) {
            onChange(chosen.value);
          }
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled ?? false}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
