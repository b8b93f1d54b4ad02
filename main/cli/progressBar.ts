import cliProgress from 'cli-progress';
import type { Progress } from '../host/engineProcess.ts';

/** One bar on stderr; where there is no terminal, a line now and then. */
export class ProgressBar {
  private readonly bar = new cliProgress.SingleBar({
    format: '{bar} {percentage}% | {name} | {stage} | {duration_formatted}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    stream: process.stderr,
    noTTYOutput: true,
    // The command's own SIGINT handling ends the bar.
    gracefulExit: false,
  });
  private offset = 0;

  start(name: string, steps: number): void {
    this.bar.start(steps, 0, { name, stage: 'loading' });
  }

  /** Steps of the next job come on top of those of the last. */
  next(name: string, offset: number): void {
    this.offset = offset;
    this.bar.update(offset, { name, stage: 'loading' });
  }

  show(event: Progress): void {
    if (event.type === 'stage') this.bar.update({ stage: event.stage });
    else this.bar.update(this.offset + event.step, { stage: 'sampling' });
  }

  stop(): void {
    if (this.bar.isActive) this.bar.stop();
  }
}
