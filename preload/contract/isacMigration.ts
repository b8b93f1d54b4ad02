/** The settings that every version has written, whatever else it knew. */
const ALWAYS_WRITTEN = [
  'method',
  'schedule',
  'stepRule',
  'strength',
  'mapUpsampling',
  'mapScale',
  'kmeansIterations',
];

/** What versions up to November 2026 did where they had no setting for it. */
const unnamedBefore = {
  balance: 'sum',
  reusePrediction: false,
  minProbeSide: null,
  semanticSide: null,
  layerWeights: 'layers',
  wordShare: 'all',
  overlap: 'product',
  presence: 0,
  features: 'plain',
  seeds: 'farthest',
  masks: 'clusters',
} as const;

/** The same, and settings whose default was another one. */
export const meaningBefore = { ...unnamedBefore, groundingLoss: 0, coordinateWeight: 1 } as const;

/**
 * Stored settings are complete: a request is stored after its defaults. So an object with all settings of before and none
 * of the newer ones comes from an earlier version, and gets the values that make the same image again.
 */
export function withOldMeaning(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const has = (key: string): boolean => key in value;
  if (!ALWAYS_WRITTEN.every(has) || Object.keys(unnamedBefore).some(has)) return value;
  return { ...meaningBefore, ...value };
}
