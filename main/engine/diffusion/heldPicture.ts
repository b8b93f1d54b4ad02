import type { StepRule } from '../../../preload/contract/isac.ts';
import { descend, normOf } from '../isac/latentStep.ts';
import type { SoftMasks } from './maskAverage.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/** A picture that sampling begins with, and what of it stays. */
export interface HeldPicture {
  /** The picture's latents, [C, h, w]. */
  readonly clean: Float32Array;
  /** Begin with noise alone: the picture is only held outside of the region. */
  readonly fromNoise: boolean;
  /** Cells [h w] that may change, 0 or 1; null: all of them. */
  readonly region: Uint8Array | null;
  /** The region once the instance masks are known: the rectangle gives way to what was painted in it. */
  narrow(masks: SoftMasks): Uint8Array;
}

/** Latents of the first step (diffusers, prepare_latents of the image to image and inpainting pipelines). */
export function beginAt(
  { clean, fromNoise }: HeldPicture,
  noise: Float32Array,
  scheduler: Scheduler,
): Float32Array {
  return fromNoise
    ? noise.map((value) => value * scheduler.initNoiseSigma)
    : scheduler.addNoise(clean, noise, 0);
}

/**
 * The picture's latents as noisy as those of a step; after the last one, clean. With the run's own noise, as diffusers'
 * StableDiffusionInpaintPipeline does with four channels.
 */
export function pictureAt(
  clean: Float32Array,
  noise: Float32Array,
  scheduler: Scheduler,
  step: number,
): Float32Array {
  return step < scheduler.timesteps.length ? scheduler.addNoise(clean, noise, step) : clean;
}

/** `painted` inside of the region, `kept` elsewhere. Both [C, h, w]. */
export function blend(painted: Float32Array, kept: Float32Array, region: Uint8Array): Float32Array {
  return painted.map((value, i) => (region[i % region.length] === 0 ? (kept[i] ?? 0) : value));
}

/**
 * ISAC's step on the latents inside of the region alone. The rule counts them alone too: the root mean square of their
 * change is what it is for a whole image.
 *
 * @returns the latents, and the norm of the gradient inside
 */
export function descendInside(
  latents: Float32Array,
  gradient: Float32Array,
  region: Uint8Array | null,
  rule: StepRule,
  strength: number,
): { latents: Float32Array; norm: number } {
  if (region === null) return { latents: descend(latents, gradient, rule, strength), norm: normOf(gradient) };
  const inside = [...latents.keys()].filter((i) => region[i % region.length] !== 0);
  const pick = (values: Float32Array): Float32Array => Float32Array.from(inside, (i) => values[i] ?? 0);
  const own = pick(gradient);
  const changed = descend(pick(latents), own, rule, strength);
  const out = latents.slice();
  inside.forEach((i, k) => (out[i] = changed[k] ?? 0));
  return { latents: out, norm: normOf(own) };
}

/** A gradient inside of the region, zero elsewhere. */
export const inside = (gradient: Float32Array, region: Uint8Array | null): Float32Array =>
  region === null ? gradient : gradient.map((value, i) => (region[i % region.length] === 0 ? 0 : value));
