import { UserError } from '../engine/errors.ts';
import type { CallsOf, Handlers, StudioParts } from './calls.ts';

/** The queue. */
export function jobCalls({ projects, jobs }: StudioParts): Handlers<CallsOf<'jobs'>> {
  return {
    'jobs.list': async () => jobs.list(),
    'jobs.enqueue': async ({ project, requests, baselineOf, preview }, client) => {
      const entry = projects.own(project, client);
      if (entry.project.readOnly) {
        throw new UserError(
          `${entry.project.path} cannot be written: save it under another name before running it.`,
        );
      }
      return jobs.enqueue(entry, requests, { baselineOf, preview });
    },
    'jobs.cancel': async ({ job }) => {
      jobs.cancel(job);
      return null;
    },
    'jobs.cancelAll': async () => {
      jobs.cancelAll();
      return null;
    },
    'jobs.move': async ({ job, index }) => {
      jobs.move(job, index);
      return null;
    },
  };
}
