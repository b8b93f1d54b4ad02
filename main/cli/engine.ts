import { Cancelled } from '../engine/diffusion/cancelled.ts';
import { UserError } from '../engine/errors.ts';
import { Pipeline } from '../engine/diffusion/pipeline.ts';
import { EngineHost, type Progress } from '../host/engineProcess.ts';
import { onEndSignal, type EndSignal } from '../host/endSignals.ts';
import { siblingEntry } from '../host/entries.ts';
import { forkSpawner } from '../host/forkSpawner.ts';
import { toBase64 } from '../host/png.ts';
import { defaultModel, findModel, type InstalledModel } from '../host/models.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { FinishedJob } from './resultFiles.ts';

/** The engine as a command uses it: jobs one after the other; SIGINT, SIGTERM and SIGHUP end the present one and the command. */
export class CommandEngine {
  private readonly host = new EngineHost({
    spawner: forkSpawner(siblingEntry('engineChild')),
    onSilence: (silent) =>
      console.error(
        silent
          ? 'The engine process gives no sign of life: it may be stopped or out of memory; Ctrl-C ends it.'
          : 'The engine process is back.',
      ),
  });
  private running: string | null = null;
  private interrupted = false;
  private count = 0;
  private readonly stopListening: () => void;
  private readonly interrupt = (signal: EndSignal): void => {
    // A second Ctrl-C does not wait for the model run to end.
    if (this.interrupted && signal === 'SIGINT') this.host.close();
    this.interrupted = true;
    if (this.running !== null) this.host.cancel(this.running);
  };

  constructor() {
    this.stopListening = onEndSignal(this.interrupt);
  }

  /**
   * @throws Cancelled after a signal, UserError when the request is at fault, Error with the cause otherwise
   */
  async run(
    request: GenerationRequest,
    options: { preview: boolean; source?: Uint8Array | null; onProgress: (event: Progress) => void },
  ): Promise<FinishedJob> {
    if (this.interrupted) throw new Cancelled();
    this.running = `job-${++this.count}`;
    const { source = null, ...rest } = options;
    const picture = source === null ? null : toBase64(source);
    const outcome = await this.host.run(this.running, request, { ...rest, source: picture });
    this.running = null;
    if (outcome.type === 'done') return outcome;
    if (outcome.type === 'cancelled') throw new Cancelled();
    throw outcome.fault === 'user' ? new UserError(outcome.message) : new Error(outcome.message);
  }

  /** @throws Cancelled when a signal came between two jobs */
  stopIfInterrupted(): void {
    if (this.interrupted) throw new Cancelled();
  }

  close(): void {
    this.stopListening();
    this.host.close();
  }
}

/** The model named on the command line, or the one that came with the program; and its own image size. */
export async function modelFor(name: string | undefined): Promise<
  InstalledModel & {
    readonly native: { width: number; height: number };
    /** What sides are multiples of so that every level of the UNet halves evenly. */
    readonly sizeMultiple: number;
  }
> {
  const model = name === undefined ? defaultModel() : findModel(name);
  const pipeline = await Pipeline.open(model.source, 'cpu');
  const { nativeSize: native, sizeMultiple } = pipeline;
  await pipeline.release();
  return { ...model, native, sizeMultiple };
}
