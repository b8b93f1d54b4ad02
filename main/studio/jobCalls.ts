import type { GenerationRequest } from '../../preload/contract/request.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { toBase64 } from '../host/png.ts';
import type { CallsOf, Handlers, StudioParts } from './calls.ts';
import { withDeviceSettings } from './deviceCalls.ts';

/** The queue. */
export function jobCalls(parts: StudioParts): Handlers<CallsOf<'jobs'>> {
  const { projects, jobs } = parts;
  return {
    'jobs.list': async () => jobs.list(),
    'jobs.enqueue': async ({ project, requests, baselineOf, preview }, client) => {
      const entry = projects.own(project, client);
      if (entry.project.readOnly) {
        throw new UserError(sentence('run.readOnly', { path: entry.project.path }));
      }
      const sources = new Map<string, string>();
      for (const image of new Set(requests.flatMap(({ source }) => source?.image ?? []))) {
        sources.set(image, toBase64(await entry.project.readSource(image)));
      }
      const settled: GenerationRequest[] = [];
      for (const request of requests) settled.push(await withDeviceSettings(parts, request));
      return jobs.enqueue(entry, settled, { baselineOf, preview, sources });
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
