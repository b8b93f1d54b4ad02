import type { EngineEvent, Stage } from '../../preload/contract/engine.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';

type EventOf<T extends EngineEvent['type']> = Omit<Extract<EngineEvent, { type: T }>, 'type' | 'jobId'>;

/** What a job tells while it runs, and what it is told. */
export interface JobContext {
  /** Whether the emerging picture is wanted. */
  readonly preview: boolean;
  stage(stage: Stage): void;
  step(event: EventOf<'step'>): void;
  /** Polled between two model runs; when true, the runner throws `Cancelled`. */
  shouldStop(): boolean;
}

/** What the engine's process runs. The real one is PipelineRunner; tests script theirs. */
export interface JobRunner {
  versions(): Record<string, string>;
  /** @throws Cancelled, UserError (the request is at fault) or anything else (the engine is) */
  run(request: GenerationRequest, context: JobContext): Promise<EventOf<'done'>>;
  /** Lets go of models and sessions. */
  unload(): Promise<void>;
}
