import type { Scheduler, SchedulerStep } from './scheduler.ts';

/**
 * The last part of another scheduler's run, for image to image: with `denoise` of 0.6 the first 40 % of the timesteps
 * are left out (diffusers, StableDiffusionImg2ImgPipeline.get_timesteps). Step i is the other's step i + start.
 */
export class TailScheduler implements Scheduler {
  readonly needsNoise: boolean;
  readonly usesHistory: boolean;
  timesteps: readonly number[] = [];
  readonly #whole: Scheduler;
  readonly #denoise: number;
  #start = 0;

  /** @param denoise share of the steps that are run, 0..1 */
  constructor(whole: Scheduler, denoise: number) {
    this.#whole = whole;
    this.#denoise = denoise;
    this.needsNoise = whole.needsNoise;
    this.usesHistory = whole.usesHistory;
  }

  get initNoiseSigma(): number {
    return this.#whole.initNoiseSigma;
  }

  setTimesteps(steps: number): void {
    this.#whole.setTimesteps(steps);
    this.#start = steps - Math.min(Math.floor(steps * this.#denoise), steps);
    this.timesteps = this.#start === steps ? [] : this.#whole.timesteps.slice(this.#start);
  }

  /** Goes to one timestep alone, the first whose share of the training timesteps is at most this: to look, not to step. */
  setTimestepToLook(progress: number, trainTimesteps: number): void {
    const found = this.#whole.timesteps.findIndex((timestep) => timestep <= progress * trainTimesteps);
    this.#start = found === -1 ? this.#whole.timesteps.length - 1 : found;
    this.timesteps = this.#whole.timesteps.slice(this.#start, this.#start + 1);
  }

  reset(): void {
    this.#whole.reset();
  }

  scaleModelInput(latents: Float32Array, i: number): Float32Array {
    return this.#whole.scaleModelInput(latents, this.#start + i);
  }

  step(modelOutput: Float32Array, i: number, latents: Float32Array, noise?: Float32Array): SchedulerStep {
    return this.#whole.step(modelOutput, this.#start + i, latents, noise);
  }

  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array {
    return this.#whole.addNoise(original, noise, this.#start + i);
  }
}
