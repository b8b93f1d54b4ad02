import type { Translate } from '../ui/i18n.ts';
import type { StringKey } from '../ui/strings/en.ts';

/** What the settings panel calls the fields of a request; the others go by their own names. */
const NAMES: Readonly<Record<string, StringKey>> = {
  attentionSlices: 'device.slices',
  caption: 'caption.title',
  device: 'settings.device',
  groundingShare: 'settings.grounding',
  guidanceScale: 'settings.guidance',
  height: 'differences.height',
  loras: 'lora.title',
  model: 'differences.model',
  negative: 'negative.title',
  precision: 'device.precision',
  sampler: 'settings.sampler',
  seed: 'seed.title',
  source: 'source.title',
  'source.denoise': 'source.denoise',
  steps: 'settings.steps',
  vaeTile: 'device.tiles',
  width: 'differences.width',
  'isac.candidates': 'settings.candidates',
  'isac.maxProbeSide': 'differences.probes',
  'isac.method': 'isac.title',
  'isac.schedule': 'settings.schedule',
  'isac.strength': 'settings.strength',
};

/** What a field of a request is called in front of the user. */
export function settingName(field: string, t: Translate): string {
  const key = NAMES[field];
  return key === undefined ? field : t(key);
}

const METHODS: Readonly<Record<string, StringKey>> = {
  none: 'isac.noneShort',
  lo: 'isac.loShort',
  ls: 'isac.lsShort',
};

/** How a field's value is shown. */
export function settingValue(field: string, value: string, t: Translate): string {
  const method = field === 'isac.method' ? METHODS[value] : undefined;
  return method === undefined ? value : t(method);
}
