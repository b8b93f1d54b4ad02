import { serveEngine } from './engineServer.ts';
import { enginePort } from './enginePort.ts';
import { startHeartbeat } from './heartbeat.ts';
import { MeasuredRunner } from './measuredRunner.ts';
import { PipelineRunner } from './pipelineRunner.ts';

// The file that runs in the engine's own process.
startHeartbeat();
serveEngine(new MeasuredRunner(new PipelineRunner()), enginePort());
