import { deviceNameSchema } from '../../preload/contract/devices.ts';
import { messageOf } from '../engine/errors.ts';
import type { EngineHost } from '../host/engineProcess.ts';
import type { JobQueue, QueuedJob } from '../host/jobQueue.ts';
import type { Devices } from './devices.ts';
import type { DeviceSettingsFile } from './deviceSettings.ts';
import type { RunFigures } from './runFigures.ts';

interface Parts {
  readonly engine: Pick<EngineHost, 'rest'>;
  readonly devices: Pick<Devices, 'doubt'>;
  readonly deviceSettings: DeviceSettingsFile;
  readonly figures: RunFigures;
}

/** After each job: learns what it cost, doubts a device that failed, and frees the memory where that is wished. */
export function followJobs(queue: JobQueue, { engine, devices, deviceSettings, figures }: Parts): void {
  const freeMemory = async (device: string): Promise<void> => {
    const known = deviceNameSchema.safeParse(device);
    if (!known.success || (await deviceSettings.of(known.data)).keepLoaded || queue.jobs.length > 0) return;
    engine.rest();
    figures.forgetLoaded();
  };
  const follow = async (job: QueuedJob): Promise<void> => {
    const { outcome, request } = job;
    if (outcome?.type === 'failed' && outcome.fault === 'engine' && request.device !== 'cpu') devices.doubt();
    await figures.note(job);
    if (outcome?.type === 'done') await freeMemory(outcome.result.device);
  };
  queue.listen((job) => {
    if (job.outcome === null) return;
    follow(job).catch((error: unknown) => console.error(`After a job: ${messageOf(error)}`));
  });
}
