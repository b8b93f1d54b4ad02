/**
 * A child process as the host sees it. Node's fork and Electron's utility process both fit.
 * Messages are plain JSON values and untrusted until validated.
 */
export interface EngineProcess {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called at each sign of life beside the messages; absent where there are none. */
  onSign?(listener: () => void): void;
  /** Called once, with the exit code or the signal that ended the process. */
  onExit(listener: (exit: ProcessExit) => void): void;
  /** Ends it at once, whatever it is doing. */
  kill(): void;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines that the process wrote to stderr; empty when there were none. */
  readonly lastWords: string;
}

export type Spawner = () => EngineProcess;
