import { cpus, freemem, totalmem } from 'node:os';
import { Command } from 'commander';
import { listSupportedBackends } from 'onnxruntime-node';
import { messageOf } from '../engine/errors.ts';
import { weightBytes } from '../engine/diffusion/weightBytes.ts';
import { openModelFolder } from '../engine/weights/modelFolder.ts';
import { programVersions } from '../host/appRoot.ts';
import { probeProvider, providers, type ProbeResult } from '../host/deviceProbe.ts';
import { bundledModels } from '../host/models.ts';

interface Report {
  versions: Record<string, string>;
  processor: { name: string; cores: number };
  memory: { totalBytes: number; freeBytes: number };
  providers: (ProbeResult & { listed: boolean })[];
  models: { id: string; folder: string; bytes: number; problem: string }[];
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
  const listed = new Set(listSupportedBackends().map(({ name }) => name));
  const probed: Report['providers'] = [];
  // One after the other: two drivers that start at once may hide each other's trouble.
  for (const provider of providers)
    probed.push({ ...(await probeProvider(provider)), listed: listed.has(provider) });
  const models: Report['models'] = [];
  for (const { id, folder } of bundledModels()) {
    const found = await openModelFolder(folder).then(
      (model) => ({ bytes: weightBytes(model), problem: '' }),
      (error: unknown) => ({ bytes: 0, problem: messageOf(error) }),
    );
    models.push({ id, folder, ...found });
  }
  return {
    versions: programVersions(),
    processor: { name: cpus()[0]?.model ?? 'unknown', cores: cpus().length },
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    providers: probed,
    models,
  };
}

function textOf({ versions, processor, memory, providers: probed, models }: Report): string {
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
      ({ provider, works, reason }) => `  ${provider.padEnd(7)} ${works ? 'works' : `no: ${reason}`}`,
    ),
    'Models',
    ...(models.length === 0 ? ['  none in assets/models'] : []),
    ...models.map(
      ({ id, bytes, problem }) => `  ${id} ${problem === '' ? mib(bytes) : `is broken: ${problem}`}`,
    ),
  ].join('\n');
}
