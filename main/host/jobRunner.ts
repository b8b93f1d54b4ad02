import type { EngineCommand, EngineEvent, Stage } from '../../preload/contract/engine.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';

type EventOf<T extends EngineEvent['type']> = Omit<Extract<EngineEvent, { type: T }>, 'type' | 'jobId'>;

/** What a job tells while it runs, and what it is told. */
export interface JobContext {
  /** Whether the emerging picture is wanted. */
  readonly preview: boolean;
  /** The PNG that the request's source names; null when it names none. */
  readonly source?: Uint8Array | null;
  stage(stage: Stage): void;
  step(event: EventOf<'step'>): void;
  /** Polled between two model runs; when true, the runner throws `Cancelled`. */
  shouldStop(): boolean;
}

/** Phrases, and the model and device that they are asked of. */
export type Question = Pick<Extract<EngineCommand, { type: 'embed' }>, 'model' | 'device' | 'phrases'>;

/** What the engine's process runs. The real one is PipelineRunner; tests script theirs. */
export interface JobRunner {
  versions(): Record<string, string>;
  /** @throws Cancelled, UserError (the request is at fault) or anything else (the engine is) */
  run(request: GenerationRequest, context: JobContext): Promise<EventOf<'done'>>;
  /**
   * Pooled text states, one per phrase.
   *
   * @param shouldStop polled between two phrases; when true, the runner throws `Cancelled`
   */
  embed(question: Question, shouldStop: () => boolean): Promise<number[][]>;
  /** Lets go of models and sessions. */
  unload(): Promise<void>;
}
