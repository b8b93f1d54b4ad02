import { UserError } from '../errors.ts';

/** What gave the numbers that are checked, and when. */
export interface NumbersOrigin {
  /** As the message names it, with its article: "The UNet". */
  readonly network: string;
  /** The denoising step, from 1; absent outside of sampling. */
  readonly step?: number;
  readonly steps?: number;
  /** What to do about it. */
  readonly remedy: string;
}

/** What to do when a network gives no numbers at its first run: nothing else than its weights can be the cause. */
export const DAMAGED_WEIGHTS =
  'its weights, or those of a LoRA, are damaged or leave the range of float32; get the file again or choose another model';

/** What to do when numbers of earlier steps were fine. */
export const GROWN_VALUES =
  "the values grow too large; lower the guidance scale and ISAC's strength, and get the model's files again if that does not help";

/** What to do when half precision is the likely cause. */
export const LEAVES_FLOAT16 =
  'the values leave the range of float16; set the precision to float32 (--precision float32)';

/**
 * The same numbers, when they all are numbers. NaN and infinity spread through all that follows and end in a black
 * picture, so whatever leaves a network passes here.
 *
 * @throws UserError that names the network, the step and what to do
 */
export function requireFinite(values: Float32Array, origin: NumbersOrigin): Float32Array {
  if (allFinite(values)) return values;
  const { network, step, steps, remedy } = origin;
  const when = step === undefined ? '' : ` at step ${step}${steps === undefined ? '' : ` of ${steps}`}`;
  throw new UserError(`${network} returns values that are not numbers (NaN or infinity)${when}: ${remedy}.`);
}

/** Whether no value is NaN or infinite. An empty array has none. */
export function allFinite(values: Float32Array): boolean {
  // A loop: `every` with a callback takes ten times as long on an image.
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
