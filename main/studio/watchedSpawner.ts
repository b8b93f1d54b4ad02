import { exitSentence } from '../host/exitSentence.ts';
import type { Spawner } from '../host/spawner.ts';

/** A spawner that also tells when a process ends that nobody ended. */
export function watchedSpawner(spawner: Spawner, crashed: (message: string) => void): Spawner {
  return () => {
    const child = spawner();
    let wanted = false;
    let ready = false;
    child.onMessage(() => {
      ready = true;
    });
    child.onExit((exit) => {
      if (!wanted) crashed(exitSentence(exit, !ready));
    });
    return {
      ...child,
      kill: () => {
        wanted = true;
        child.kill();
      },
    };
  };
}
