import { cpus, freemem, totalmem } from 'node:os';
import { Command } from 'commander';
import { ort } from '../engine/runtime/onnxRuntime.ts';
import { messageOf } from '../engine/errors.ts';
import { programVersions } from '../host/appRoot.ts';
import { probeProvider } from '../host/deviceProbe.ts';
import { providers, type ProbeResult } from '../host/probeResult.ts';
import { RememberedProbes } from '../host/rememberedProbes.ts';
import { summariseRuns, type RunSummary } from '../library/estimate.ts';
import { ModelLibrary } from '../library/modelLibrary.ts';
import { RunHistory } from '../library/runHistory.ts';

interface Report {
  versions: Record<string, string>;
  processor: { name: string; cores: number };
  memory: { totalBytes: number; freeBytes: number };
  providers: (ProbeResult & { listed: boolean })[];
  models: { id: string; folder: string; bytes: number; problem: string }[];
  /** What earlier runs on this machine cost. */
  runs: RunSummary[];
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what runs here: execution providers that really start, memory, models, versions')
    .option('--json', 'print the report as JSON')
    .action(async (flags: { json?: boolean }) => {
      const report = await examine();
      console.log(flags.json === true ? JSON.stringify(report, null, 2) : textOf(report));
    });
}

async function examine(): Promise<Report> {
  const listed = new Set(ort.listSupportedBackends().map(({ name }) => name));
  const probed: Report['providers'] = [];
  // One after the other: two drivers that start at once may hide each other's trouble.
  for (const provider of providers)
    probed.push({ ...(await probeProvider(provider)), listed: listed.has(provider) });
  // What was found out here is what "auto" goes by from now on.
  await new RememberedProbes().remember(
    probed.map(({ provider, works, reason, float16 = false }) => ({ provider, works, reason, float16 })),
  );
  const library = new ModelLibrary();
  return {
    versions: programVersions(),
    processor: { name: cpus()[0]?.model ?? 'unknown', cores: cpus().length },
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    providers: probed,
    models: await modelsOf(library),
    runs: summariseRuns(await new RunHistory(library.folders.data).read()),
  };
}

async function modelsOf(library: ModelLibrary): Promise<Report['models']> {
  // A damaged list is told; the program's own models are there whatever became of it.
  const listed = await library.list().catch(async (error: unknown) => {
    console.error(messageOf(error));
    return library.embedded();
  });
  return listed.map(({ id, source, weightBytes, problem }) => ({
    id,
    folder: source.kind === 'checkpoint' ? source.checkpoint : source.folder,
    bytes: weightBytes,
    problem: problem ?? '',
  }));
}

function textOf({ versions, processor, memory, providers: probed, models, runs }: Report): string {
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return [
    'Versions',
    ...Object.entries(versions).map(([name, version]) => `  ${name} ${version}`),
    'Machine',
    `  ${processor.cores} x ${processor.name}`,
    `  memory ${gib(memory.totalBytes)}, free ${gib(memory.freeBytes)}`,
    'Execution providers, each started in a process of its own',
    ...probed.map(
      ({ provider, works, reason, float16 }) =>
        `  ${provider.padEnd(7)} ${works ? `works${float16 === true ? ', in float16, too' : ''}` : `no: ${reason}`}`,
    ),
    'Models',
    ...(models.length === 0 ? ['  none in assets/models nor in the library'] : []),
    ...models.map(
      ({ id, bytes, problem }) => `  ${id} ${problem === '' ? mib(bytes) : `is broken: ${problem}`}`,
    ),
    'Runs measured here',
    ...(runs.length === 0 ? ['  none yet'] : []),
    ...runs.map(
      ({ model, size, method, device, count, secondsPerStep, peakBytes }) =>
        `  ${model} ${size} ${method} on ${device}: ${secondsPerStep === null ? '' : `${secondsPerStep.toFixed(2)} s a step, `}${peakBytes === null ? '' : `${mib(peakBytes)} at most, `}median of ${count}`,
    ),
  ].join('\n');
}
