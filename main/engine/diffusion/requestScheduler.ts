import type { GenerationRequest } from '../../../preload/contract/request.ts';
import { UserError } from '../errors.ts';
import type { SchedulerConfig } from '../weights/configs/schedulerConfig.ts';
import { createScheduler } from './schedulers/createScheduler.ts';
import type { Scheduler } from './schedulers/scheduler.ts';
import { TailScheduler } from './schedulers/tailScheduler.ts';

/** Where a picture that is not to change is looked at to find its masks, as a share of the training timesteps. */
const LOOK_AT_PROGRESS = 0.3;

export interface RequestSchedule {
  /** Its timesteps are set: all of them, or with a source picture the last ones. */
  readonly scheduler: Scheduler;
  readonly trainTimesteps: number;
  /** Not a step is left to run: the one timestep is for looking at the picture, which stays as it is. */
  readonly still: boolean;
}

/**
 * The sampler of a request on a model's noise schedule.
 *
 * @throws UserError when the sampler cannot take so many steps
 */
export function scheduleOf(request: GenerationRequest, config: SchedulerConfig): RequestSchedule {
  const whole = createScheduler(request.sampler, config);
  const trainTimesteps = config.numTrainTimesteps ?? 1000;
  const { source, steps, sampler } = request;
  const tail = source ? new TailScheduler(whole, source.denoise) : null;
  const scheduler = tail ?? whole;
  scheduler.setTimesteps(steps);
  if (whole.timesteps.some((timestep) => timestep > trainTimesteps - 1)) {
    throw new UserError(
      `${steps} steps are too many for the sampler ${sampler}: this model knows ` +
        `${trainTimesteps} timesteps; ask for ${Math.floor(trainTimesteps / 2)} or fewer.`,
    );
  }
  const still = tail !== null && tail.timesteps.length === 0;
  if (still) tail.setTimestepToLook(LOOK_AT_PROGRESS, trainTimesteps);
  return { scheduler, trainTimesteps, still };
}
