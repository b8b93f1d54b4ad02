import type { Sampler } from '../../../../preload/contract/request.ts';
import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import { DdimScheduler } from './ddimScheduler.ts';
import { DpmSolverScheduler } from './dpmSolverScheduler.ts';
import { EulerAncestralScheduler } from './eulerAncestralScheduler.ts';
import { EulerScheduler } from './eulerScheduler.ts';
import { PndmScheduler } from './pndmScheduler.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * A sampler on the noise schedule of a model, whatever scheduler the model came with: as diffusers'
 * `SomeScheduler.from_config(pipeline.scheduler.config)`.
 *
 * @param eta share of fresh noise in DDIM steps; the others ignore it, as in diffusers
 * @throws UserError when the config asks for something this sampler can't do
 */
export function createScheduler(sampler: Sampler, config: SchedulerConfig, eta = 0): Scheduler {
  switch (sampler) {
    case 'ddim':
      return new DdimScheduler(config, eta);
    case 'euler':
      return new EulerScheduler(config);
    case 'euler-ancestral':
      return new EulerAncestralScheduler(config);
    case 'pndm':
      return new PndmScheduler(config);
    case 'dpmpp-2m':
      return new DpmSolverScheduler(config);
  }
}
