import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { difference, type Difference } from './difference.ts';
import { MemoryWatch } from './watchMemory.ts';

/**
 * The engine beside PyTorch on one model: seconds and peak anonymous memory of every stage, greatest absolute
 * difference of every network's output, and denoising steps with ISAC-LO. Linux, where /proc tells the memory.
 *
 *     npx tsx scripts/fullSize/compare.ts <model folder or checkpoint> [--adapter FILE] [--steps 2] [--side PIXELS]
 *         [--python python with torch and diffusers] [--keep FOLDER] [--json]
 *
 * Without a Python the engine runs alone; with a Python it has to be a folder with GLIGEN in it. Both sides use every
 * core; they run one after the other. The image is as large as the model's own unless `--side` says otherwise: every
 * weight is used at 128 pixels, too, in a twentieth of the time. With `--steps 0` every network runs once and nothing is denoised. `--keep` leaves
 * inputs and outputs, raw float32, in a folder.
 */

export interface Stage {
  readonly name: string;
  readonly seconds: number;
  /** Peak of memory that belongs to the process alone (RssAnon): weights mapped from a file don't count. */
  readonly peakMiB: number;
}

/** What `--json` prints: a row for each stage of the engine. */
export interface Row extends Stage {
  readonly torch: Stage | null;
  /** From PyTorch's output; null where there is none. */
  readonly difference: Difference | null;
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** Runs one side and watches its memory. */
function runSide(command: string, args: readonly string[]): Promise<Stage[]> {
  return new Promise((resolveSide, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const watch = new MemoryWatch(child.pid ?? 0);
    const stages: Stage[] = [];
    let current: { stage: string; at: number } | null = null;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{"stage"')) return;
      const next = JSON.parse(line) as { stage: string; at: number };
      const peakMiB = watch.take();
      if (current !== null) {
        stages.push({ name: current.stage, seconds: next.at - current.at, peakMiB });
        console.error(`${current.stage}: ${(next.at - current.at).toFixed(2)} s, ${peakMiB.toFixed(0)} MiB`);
      }
      current = next;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      watch.end();
      if (code === 0) resolveSide(stages);
      else
        reject(
          new Error(`${command} ended with ${signal ?? code} during "${current?.stage ?? 'its start'}"`),
        );
    });
  });
}

function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    head: ['', 'engine s', 'PyTorch s', 'engine MiB', 'PyTorch MiB', 'max |difference|'],
    style: { head: [], border: [] },
  });
  for (const { name, seconds, peakMiB, torch, difference: found } of rows) {
    table.push([
      name,
      seconds.toFixed(2),
      torch?.seconds.toFixed(2) ?? '',
      peakMiB.toFixed(0),
      torch?.peakMiB.toFixed(0) ?? '',
      found === null ? '' : `${found.worst.toExponential(2)} of ${found.largest.toPrecision(3)}`,
    ]);
  }
  return table.toString();
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    adapter: { type: 'string' },
    steps: { type: 'string', default: '2' },
    side: { type: 'string', default: '' },
    python: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [model, ...rest] = positionals;
if (model === undefined || rest.length > 0)
  throw new Error(
    'usage: compare.ts <model> [--adapter FILE] [--steps N] [--side PIXELS] [--python PYTHON] [--keep FOLDER]',
  );
if (flags.keep !== undefined) mkdirSync(flags.keep, { recursive: true });
const work = flags.keep ?? mkdtempSync(join(tmpdir(), 'isac-compare-'));
try {
  const engine = await runSide(process.execPath, [
    ...['--import', 'tsx', join(here, 'engineSide.ts')],
    ...[resolve(model), work, flags.steps, flags.side],
    ...(flags.adapter === undefined ? [] : [resolve(flags.adapter)]),
  ]);
  const torch =
    flags.python === undefined
      ? []
      : await runSide(flags.python, [
          ...[join(here, 'torch_side.py'), resolve(model), work],
          String(availableParallelism()),
        ]);
  const rows = engine.map((stage): Row => ({
    ...stage,
    torch: torch.find(({ name }) => name === stage.name) ?? null,
    difference: difference(join(work, `${stage.name}.engine`), join(work, `${stage.name}.torch`)),
  }));
  console.log(flags.json ? JSON.stringify(rows) : tableOf(rows));
} finally {
  if (flags.keep === undefined) rmSync(work, { recursive: true });
}
