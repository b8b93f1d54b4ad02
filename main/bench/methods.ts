import { isacPresets, withPreset } from '../../preload/contract/isacPresets.ts';
import { isacFields, isacSchedules, type IsacSettings } from '../../preload/contract/isac.ts';

/** A way to make an image, by the name it has in the tables. */
export interface Method {
  readonly name: string;
  readonly isac: Partial<IsacSettings>;
}

/** GLIGEN alone, ISAC-LO and ISAC-LS with the default settings. */
export const mainMethods: readonly Method[] = [
  { name: 'gligen', isac: { method: 'none' } },
  { name: 'lo', isac: { method: 'lo' } },
  { name: 'ls', isac: { method: 'ls', halving: true } },
];

/** The named settings besides the defaults, with ISAC-LO. */
export const presetMethods: readonly Method[] = isacPresets
  .filter((preset) => preset !== 'isac')
  .map((preset) => ({
    name: `lo ${preset.replace('isac-', '')}`,
    isac: withPreset(isacFields.parse({}), preset),
  }));

/** The paper's ablation of the schedule, with ISAC-LO. */
export const scheduleMethods: readonly Method[] = isacSchedules.map((schedule) => ({
  name: `lo ${schedule}`,
  isac: { method: 'lo', schedule },
}));

/** What else is worth asking of GLIGEN's own maps, and of cheaper probes. */
export const probeMethods: readonly Method[] = [
  { name: 'lo grounding maps', isac: { method: 'lo', semantic: 'grounding' } },
  { name: 'lo both maps', isac: { method: 'lo', semantic: 'both' } },
  { name: 'lo grounding loss', isac: { method: 'lo', groundingLoss: 1 } },
  { name: 'lo early end', isac: { method: 'lo', earlyEnd: true } },
  { name: 'lo up to 8', isac: { method: 'lo', maxProbeSide: 8 } },
];

export const allMethods: readonly Method[] = [
  ...mainMethods,
  ...presetMethods,
  ...scheduleMethods,
  ...probeMethods,
];
