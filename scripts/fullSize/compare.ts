import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';

/**
 * The engine beside PyTorch on one model folder: seconds and peak anonymous memory of every stage, greatest absolute
 * difference of every network's output, and denoising steps with ISAC-LO. Linux, where /proc tells the memory.
 *
 *     npx tsx scripts/fullSize/compare.ts <model folder> [steps] [python with torch and diffusers]
 *
 * Without a Python the engine runs alone. Both sides use every core; they run one after the other.
 */

interface Stage {
  readonly name: string;
  readonly seconds: number;
  /** Peak of memory that belongs to the process alone (RssAnon): weights mapped from a file don't count. */
  readonly peakMiB: number;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const SAMPLE_MILLISECONDS = 50;

/** Runs one side and watches its memory from outside: a network's run blocks the process itself. */
function runSide(command: string, args: readonly string[]): Promise<Stage[]> {
  return new Promise((resolveSide, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const stages: Stage[] = [];
    let current: { stage: string; at: number } | null = null;
    let peak = 0;
    const sample = (): void => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        peak = Math.max(peak, Number(/^RssAnon:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
      } catch {
        // It has just ended.
      }
    };
    const timer = setInterval(sample, SAMPLE_MILLISECONDS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{"stage"')) return;
      sample();
      const next = JSON.parse(line) as { stage: string; at: number };
      if (current !== null) {
        stages.push({ name: current.stage, seconds: next.at - current.at, peakMiB: peak });
        console.error(`${current.stage}: ${(next.at - current.at).toFixed(2)} s, ${peak.toFixed(0)} MiB`);
      }
      current = next;
      peak = 0;
      sample();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      if (code === 0) resolveSide(stages);
      else
        reject(
          new Error(`${command} ended with ${signal ?? code} during "${current?.stage ?? 'its start'}"`),
        );
    });
  });
}

function floatsOf(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Greatest absolute difference and greatest magnitude of PyTorch's values. */
function difference(work: string, name: string): string {
  let ours: Float32Array;
  let theirs: Float32Array;
  try {
    ours = floatsOf(join(work, `${name}.engine`));
    theirs = floatsOf(join(work, `${name}.torch`));
  } catch {
    return '';
  }
  if (ours.length !== theirs.length)
    throw new Error(`${name}: ${ours.length} values, PyTorch has ${theirs.length}`);
  let worst = 0;
  let largest = 0;
  theirs.forEach((value, index) => {
    const error = Math.abs(value - (ours[index] ?? NaN));
    worst = Number.isNaN(error) ? NaN : Math.max(worst, error);
    largest = Math.max(largest, Math.abs(value));
  });
  return `${worst.toExponential(2)} of ${largest.toPrecision(3)}`;
}

const [folderArgument, steps = '2', python] = process.argv.slice(2);
if (folderArgument === undefined) throw new Error('usage: compare.ts <model folder> [steps] [python]');
const folder = resolve(folderArgument);
const work = mkdtempSync(join(tmpdir(), 'isac-compare-'));
try {
  const engine = await runSide(process.execPath, [
    '--import',
    'tsx',
    join(here, 'engineSide.ts'),
    folder,
    work,
    steps,
  ]);
  const torch =
    python === undefined
      ? []
      : await runSide(python, [join(here, 'torch_side.py'), folder, work, String(availableParallelism())]);
  const table = new Table({
    head: ['', 'engine s', 'PyTorch s', 'engine MiB', 'PyTorch MiB', 'max |difference|'],
    style: { head: [], border: [] },
  });
  for (const { name, seconds, peakMiB } of engine) {
    const other = torch.find((candidate) => candidate.name === name);
    table.push([
      name,
      seconds.toFixed(2),
      other?.seconds.toFixed(2) ?? '',
      peakMiB.toFixed(0),
      other?.peakMiB.toFixed(0) ?? '',
      difference(work, name),
    ]);
  }
  console.log(table.toString());
} finally {
  rmSync(work, { recursive: true });
}
