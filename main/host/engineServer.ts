import { engineCommandSchema, type EngineEvent } from '../../preload/contract/engine.ts';
import { Cancelled } from '../engine/diffusion/cancelled.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { failureSentence } from './exitSentence.ts';
import { fromBase64 } from './png.ts';
import type { JobRunner, Question } from './jobRunner.ts';

/** The engine process's end of the channel: process.send of a fork, parentPort of a utility process. */
export interface EnginePort {
  send(event: EngineEvent): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** Reads commands, runs them one at a time, sends events. Says `ready` when it listens. */
export function serveEngine(runner: JobRunner, port: EnginePort): void {
  let running: string | null = null;
  const cancelled = new Set<string>();
  /** The question that is answered while there is no job; it gives way to one. */
  let aside: Promise<void> | null = null;

  async function embed(questionId: string, question: Question): Promise<void> {
    const jobCame = (): boolean => running !== null;
    const vectors = await runner.embed(question, jobCame).catch((error: unknown) => {
      if (!(error instanceof Cancelled)) console.error(messageOf(error));
      return null;
    });
    aside = null;
    port.send({ type: 'embedded', questionId, vectors });
  }

  async function generate(
    jobId: string,
    run: (shouldStop: () => boolean) => ReturnType<JobRunner['run']>,
  ): Promise<EngineEvent> {
    try {
      const output = await run(() => cancelled.has(jobId));
      return { type: 'done', jobId, ...output };
    } catch (error) {
      if (error instanceof Cancelled) return { type: 'cancelled', jobId };
      const fault = error instanceof UserError ? 'user' : 'engine';
      return { type: 'failed', jobId, fault, message: failureSentence(messageOf(error)) };
    }
  }

  port.onMessage((message) => {
    const parsed = engineCommandSchema.safeParse(message);
    if (!parsed.success) {
      const jobId = jobIdOf(message);
      const reason = 'The engine got a command that it does not understand.';
      if (jobId !== null && jobId !== running) {
        port.send({ type: 'failed', jobId, fault: 'engine', message: reason });
      } else {
        console.error(reason);
      }
      return;
    }
    const command = parsed.data;
    if (command.type === 'cancel') {
      if (command.jobId === running) cancelled.add(command.jobId);
      return;
    }
    if (command.type === 'ping') {
      port.send({ type: 'pong', pingId: command.pingId });
      return;
    }
    if (command.type === 'unload') {
      if (running !== null) return;
      (aside ?? Promise.resolve())
        .then(() => (running === null ? runner.unload() : undefined))
        .catch((error: unknown) => console.error(messageOf(error)));
      return;
    }
    if (command.type === 'embed') {
      const { questionId, model, device, phrases } = command;
      if (running !== null || aside !== null) {
        port.send({ type: 'embedded', questionId, vectors: null });
        return;
      }
      aside = embed(questionId, { model, device, phrases });
      return;
    }
    const { jobId, request, preview, source } = command;
    if (running !== null) {
      const reason = `The engine is busy with job ${running}.`;
      port.send({ type: 'failed', jobId, fault: 'engine', message: reason });
      return;
    }
    running = jobId;
    void generate(jobId, async (shouldStop) => {
      await aside;
      return runner.run(request, {
        preview,
        source: source === undefined ? null : fromBase64(source),
        shouldStop,
        stage: (stage) => port.send({ type: 'stage', jobId, stage }),
        step: (event) => port.send({ type: 'step', jobId, ...event }),
      });
    }).then((outcome) => {
      running = null;
      cancelled.delete(jobId);
      port.send(outcome);
    });
  });
  port.send({ type: 'ready', versions: runner.versions() });
}

function jobIdOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !('jobId' in message)) return null;
  const { jobId } = message;
  return typeof jobId === 'string' && jobId.length > 0 && jobId.length <= 64 ? jobId : null;
}
