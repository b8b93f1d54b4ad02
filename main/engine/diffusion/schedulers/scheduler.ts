/** One step of the reverse process. */
export interface SchedulerStep {
  /** Latents of the next, less noisy timestep. */
  readonly previous: Float32Array;
  /** The scheduler's present estimate of the finished latents (x0), for previews. */
  readonly denoised: Float32Array;
}

/**
 * The sampling loop as diffusers (0.33.1) defines it, over flat float32 latents of any shape:
 *
 *     scheduler.setTimesteps(steps);
 *     let x = noise times scheduler.initNoiseSigma;
 *     for i in 0 ..< scheduler.timesteps.length:
 *       output = model(scheduler.scaleModelInput(x, i), scheduler.timesteps[i])
 *       x = scheduler.step(output, i, x, noise if scheduler.needsNoise).previous
 *
 * `i` is always an index into `timesteps`. Latents that are changed between two steps (ISAC-LO) may be passed
 * to `step` as they are; `usesHistory` tells whether the change is felt at once.
 */
export interface Scheduler {
  /** Model timesteps in the order of use; PNDM has one more than steps. Euler's may be fractions. */
  readonly timesteps: readonly number[];
  /** What standard normal noise is multiplied with to become the first latents. */
  readonly initNoiseSigma: number;
  /** Whether `step` needs fresh standard normal noise. */
  readonly needsNoise: boolean;
  /**
   * Whether `step` remembers earlier model outputs. Then the steps must be taken in order, one after the other,
   * and outputs that were computed on latents before they were optimised keep an influence: DDIM and Euler,
   * which remember nothing, are the safer choice for ISAC-LO.
   */
  readonly usesHistory: boolean;

  /**
   * Lays out the timesteps for a number of steps and forgets the history.
   *
   * @throws UserError when the model has fewer training timesteps
   */
  setTimesteps(steps: number): void;

  /** Forgets earlier model outputs: call it before another image is begun with the same timesteps. */
  reset(): void;

  /** The latents as the model wants to see them at step i. Never the same array. */
  scaleModelInput(latents: Float32Array, i: number): Float32Array;

  /**
   * From the latents of step i to those of step i + 1.
   *
   * @param modelOutput the model's (guided) prediction: noise or velocity, as the config says
   * @param noise standard normal noise; required when needsNoise
   */
  step(modelOutput: Float32Array, i: number, latents: Float32Array, noise?: Float32Array): SchedulerStep;

  /** Finished latents with the noise of step i added: where image to image begins. */
  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array;
}
