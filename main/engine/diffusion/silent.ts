import type { PipelineCallbacks } from './pipeline.ts';

/** For who waits for the end of a job only, and never stops it. */
export const silent: PipelineCallbacks = {
  stage: () => undefined,
  step: () => undefined,
  shouldStop: () => false,
};
