import { z } from 'zod';

/** What a job cost, as the engine's process saw it. */
export const measuredSchema = z.strictObject({
  /** From its request to its result, loading included. */
  seconds: z.number().min(0),
  /** Between the steps, without the first one, which pays for opening sessions; null when there were not two. */
  secondsPerStep: z.number().min(0).nullable(),
  /** Resident memory of the process at most, weights read in place included; null where the system cannot tell. */
  peakBytes: z.int().min(0).nullable(),
  /** Model or sessions had to be opened first. */
  cold: z.boolean(),
});
export type Measured = z.infer<typeof measuredSchema>;

/** What a run is expected to cost: learned from earlier runs on this machine, never guessed. */
export const estimateSchema = z.strictObject({
  seconds: z.number().min(0),
  peakBytes: z.int().min(0).nullable(),
  /** Earlier runs that it comes from. */
  runs: z.int().min(1),
  /** Scaled from another number of steps. */
  scaled: z.boolean(),
  device: z.string(),
});
export type Estimate = z.infer<typeof estimateSchema>;
