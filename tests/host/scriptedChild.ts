import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled } from '../../main/engine/diffusion/cancelled.ts';
import { UserError } from '../../main/engine/errors.ts';
import { enginePort } from '../../main/host/enginePort.ts';
import { startHeartbeat } from '../../main/host/heartbeat.ts';
import { serveEngine } from '../../main/host/engineServer.ts';
import type { JobRunner } from '../../main/host/jobRunner.ts';

// An engine process whose jobs do what their caption says.
const onLoad = process.env['SCRIPTED_ON_LOAD'];
if (onLoad === 'exit') {
  writeSync(2, 'Error: cannot find the addon\n');
  process.exit(3);
}
if (onLoad === 'hang') await sleep(60_000);

const port = enginePort();
startHeartbeat();
let jobs = 0;

const runner: JobRunner = {
  versions: () => ({ scripted: '1', pid: String(process.pid) }),
  unload: () => Promise.resolve(),
  async embed({ phrases }, shouldStop) {
    for (const phrase of phrases) {
      if (phrase === 'die') process.exit(7);
      for (let wait = 0; phrase === 'slow' && wait < 1000; wait++) {
        await sleep(10);
        if (shouldStop()) throw new Cancelled();
      }
    }
    return phrases.map((phrase) => [phrase.length, 1]);
  },
  async run(request, context) {
    jobs++;
    context.stage('sampling');
    for (let step = 1; step <= request.steps; step++) {
      await sleep(request.caption === 'slow' ? 80 : 5);
      if (request.caption === 'deaf') block(120_000);
      if (request.caption === 'busy') block(1_500);
      if (context.shouldStop()) throw new Cancelled();
      context.step({ step, steps: request.steps, loss: null, preview: null, masks: [] });
      if (request.caption === 'abort') process.abort();
      if (request.caption === 'killed') process.kill(process.pid, 'SIGKILL');
      if (request.caption === 'exit') process.exit(7);
      if (request.caption === 'garbage')
        (process.send as (message: unknown) => void)({ type: 'nonsense', step });
      if (request.caption === 'user') throw new UserError('The size 65 x 64 is not possible.');
      if (request.caption === 'lost') throw new Error('A valid external Instance: Device lost');
      if (request.caption === 'engine')
        throw new Error('Failed to allocate memory for requested buffer of size 9');
    }
    return {
      result: {
        version: 1,
        request,
        model: { id: 'scripted', name: 'Scripted', sha256: '' },
        device: 'cpu',
        versions: { jobs: String(jobs) },
        seconds: {},
        runs: {},
        losses: [],
        maskOverlap: null,
        boxes: [],
        warnings: [],
      },
      image: '',
      masks: [],
    };
  },
};

/** What a model run does to the event loop. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

serveEngine(runner, port);
