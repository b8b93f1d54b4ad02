import { isacFields, type IsacSettings } from './isac.ts';
import { meaningBefore } from './isacMigration.ts';

export const isacPresets = ['isac', 'isac-paper-literal', 'isac-paper-normalised', 'isac-2026-11'] as const;
export type IsacPreset = (typeof isacPresets)[number];

/** What a preset leaves to the user. */
const FREE: readonly string[] = ['method', 'candidates', 'halving', 'region'];

/** The equations as they are printed (arXiv 2505.20935, equations 1 to 13), at every step. */
const printed = {
  ...meaningBefore,
  layerWeights: 'heads',
  mapUpsampling: 'values',
  mapScale: 'raw',
  lastStep: 1,
} as const;

const settings: Readonly<Record<IsacPreset, IsacSettings>> = {
  /** What measures best (docs/isac-measured.md): the defaults. */
  isac: isacFields.parse({}),
  /** Algorithm 1 to the letter: the raw gradient, eta 0.01. */
  'isac-paper-literal': isacFields.parse({ ...printed, stepRule: 'raw', strength: 0.01 }),
  /** The same with a step of one size, as an Adam-like rule would take it. */
  'isac-paper-normalised': isacFields.parse({ ...printed, stepRule: 'normalised', strength: 0.01 }),
  /** The defaults of this program until November 2026. */
  'isac-2026-11': isacFields.parse({
    ...meaningBefore,
    mapUpsampling: 'mass',
    mapScale: 'peak',
    stepRule: 'normalised',
    strength: 0.01,
    lastStep: 0.3,
  }),
};

/** Settings with a preset's values, but for what a preset leaves to the user. */
export function withPreset(current: IsacSettings, preset: IsacPreset): IsacSettings {
  const { method, candidates, halving, region } = current;
  return { ...settings[preset], method, candidates, halving, region };
}

/** The preset that settings are, whatever method and candidates they have; null: settings of their own. */
export function presetOf(isac: IsacSettings): IsacPreset | null {
  const values = new Map<string, unknown>(Object.entries(isac));
  const same = (preset: IsacPreset): boolean =>
    Object.entries(settings[preset]).every(([key, value]) => FREE.includes(key) || values.get(key) === value);
  return isacPresets.find(same) ?? null;
}
