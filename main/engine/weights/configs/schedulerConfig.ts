import { z } from 'zod';
import { BOUNDS } from '../../../files/bounds.ts';
import { only, withoutNulls } from './configFields.ts';

/** Of every scheduler in diffusers. */
const DEFAULT_TRAIN_STEPS = 1000;

/**
 * scheduler/scheduler_config.json as it is written: what is missing stays missing. Its defaults depend on the
 * scheduler that is used, not on the one that the file names; diffusers' `from_config` fills in the defaults
 * of the new class in the same way (configuration_utils.py, 0.33.1: `_use_default_values`).
 */
const fields = z
  .object({
    _class_name: z.string().optional(),
    num_train_timesteps: z.int().min(1).max(BOUNDS.numbers.trainSteps).optional(),
    beta_start: z.number().positive().max(1).optional(),
    beta_end: z.number().positive().max(1).optional(),
    beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).optional(),
    trained_betas: z.array(z.number().min(0).max(1)).max(BOUNDS.numbers.trainSteps).nullish(),
    prediction_type: z.enum(['epsilon', 'v_prediction', 'sample']).optional(),
    timestep_spacing: z.enum(['leading', 'trailing', 'linspace']).optional(),
    steps_offset: z.int().min(0).max(1000).optional(),
    set_alpha_to_one: z.boolean().optional(),
    clip_sample: z.boolean().optional(),
    clip_sample_range: z.number().positive().optional(),
    rescale_betas_zero_snr: z.boolean().optional(),
    skip_prk_steps: z.boolean().optional(),
    final_sigmas_type: z.enum(['zero', 'sigma_min']).optional(),
    lower_order_final: z.boolean().optional(),
    euler_at_final: z.boolean().optional(),
    solver_order: z.int().min(1).max(3).optional(),
    solver_type: z.string().optional(),
    algorithm_type: z.string().optional(),
    thresholding: z.boolean().optional(),
    use_karras_sigmas: z.boolean().nullish(),
    interpolation_type: z.string().optional(),
    /** -Infinity in files of diffusers' DPM-Solver, which is read as null. */
    lambda_min_clipped: z.number().nullish(),

    use_exponential_sigmas: only(false, null),
    use_beta_sigmas: only(false, null),
    use_lu_lambdas: only(false, null),
    use_flow_sigmas: only(false, null),
  })
  .superRefine(({ trained_betas: betas, num_train_timesteps: steps = DEFAULT_TRAIN_STEPS }, context) => {
    if (!betas || betas.length >= steps) return;
    context.addIssue({
      code: 'custom',
      path: ['trained_betas'],
      message: `it has ${betas.length} entries, num_train_timesteps asks for ${steps}`,
    });
  })
  .transform((raw) => ({
    /** The scheduler the model came with, such as "PNDMScheduler". */
    className: raw._class_name ?? null,
    numTrainTimesteps: raw.num_train_timesteps,
    betaStart: raw.beta_start,
    betaEnd: raw.beta_end,
    betaSchedule: raw.beta_schedule,
    trainedBetas: raw.trained_betas ?? null,
    predictionType: raw.prediction_type,
    timestepSpacing: raw.timestep_spacing,
    stepsOffset: raw.steps_offset,
    setAlphaToOne: raw.set_alpha_to_one,
    clipSample: raw.clip_sample,
    clipSampleRange: raw.clip_sample_range,
    rescaleBetasZeroSnr: raw.rescale_betas_zero_snr,
    skipPrkSteps: raw.skip_prk_steps,
    finalSigmasType: raw.final_sigmas_type,
    lowerOrderFinal: raw.lower_order_final,
    eulerAtFinal: raw.euler_at_final,
    solverOrder: raw.solver_order,
    solverType: raw.solver_type,
    algorithmType: raw.algorithm_type,
    thresholding: raw.thresholding,
    useKarrasSigmas: raw.use_karras_sigmas ?? false,
    interpolationType: raw.interpolation_type,
    lambdaMinClipped: raw.lambda_min_clipped ?? null,
  }));

export const schedulerConfigSchema = withoutNulls(fields, [
  'clip_sample',
  'set_alpha_to_one',
  'lower_order_final',
]);

export type SchedulerConfig = z.output<typeof fields>;
