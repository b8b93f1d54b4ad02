import type { HubPlan } from '../../../preload/contract/models.ts';

/** Files that may hold weights; the others are small and come without being asked about. */
const weights = /\.(safetensors|bin|ckpt|pt|pth)$/;

export const isWeights = (path: string): boolean => weights.test(path);

/** What a choice of files comes to. */
export function planTotals(
  { files, freeBytes }: Pick<HubPlan, 'files' | 'freeBytes'>,
  chosen: ReadonlySet<string>,
): { readonly bytes: number; readonly toCome: number; readonly fits: boolean } {
  let bytes = 0;
  let present = 0;
  for (const file of files) {
    if (!chosen.has(file.path)) continue;
    bytes += file.bytes;
    present += file.presentBytes;
  }
  return { bytes, toCome: bytes - present, fits: bytes - present <= freeBytes };
}
