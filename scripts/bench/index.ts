// npm run bench -- [--full FOLDER] [--python PATH] [--rounds N]
// Measures what a guided step costs, in one run on one machine, and writes docs/benchmarks.md.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { programVersions, appRoot } from '../../main/host/appRoot.ts';
import { ENGINE_FLAGS, engineEnvironment } from '../../main/host/engineEnvironment.ts';
import { defaultModel } from '../../main/host/models.ts';
import { median, variants, type Measured, type StepsJob, type Variant } from './job.ts';
import { runWatched, type Watched } from './watched.ts';

const { values: flags } = parseArgs({
  options: {
    full: { type: 'string' },
    python: { type: 'string' },
    rounds: { type: 'string', default: '8' },
    'full-rounds': { type: 'string', default: '1' },
  },
});

interface Row extends Watched, Measured {
  readonly what: string;
  readonly variant: string;
}

async function engine(what: string, job: StepsJob): Promise<Row> {
  const watched = await runWatched(process.execPath, [...ENGINE_FLAGS, '--import', 'tsx', join(import.meta.dirname, 'steps.ts'), JSON.stringify(job)], engineEnvironment()); // prettier-ignore
  return { what, variant: job.variant, ...watched, ...(JSON.parse(watched.output) as Measured) };
}

async function torch(what: string, python: string, job: StepsJob, variant: 'plain' | 'lo'): Promise<Row> {
  const script = join(import.meta.dirname, 'torch_step.py');
  const watched = await runWatched(python, [script, job.model, String(job.side), String(job.boxes), variant, String(job.rounds)]); // prettier-ignore
  return { what, variant, ...watched, ...(JSON.parse(watched.output) as Measured) };
}

const rows: Row[] = [];
let cold: { first: number; later: number } | null = null;

/** Every row is on disk as soon as it is measured: the whole takes minutes, and what it has is kept when it is stopped. */
function keep(row: Row): void {
  rows.push(row);
  console.error(
    `${row.what}, ${row.variant}: ${median(row.seconds).toFixed(3)} s, ${ratioOf(row).toFixed(2)} plain steps`,
  );
  writeReport();
}

/** All variants of one model, and PyTorch's where a Python is given. */
async function measureModel(name: string, model: string, side: number, rounds: number): Promise<void> {
  for (const variant of Object.keys(variants) as Variant[]) {
    keep(await engine(`${name}, this engine`, { model, side, boxes: 3, variant, rounds }));
  }
  if (flags.python === undefined) return;
  for (const variant of ['plain', 'lo'] as const) {
    keep(await torch(`${name}, PyTorch`, flags.python, { model, side, boxes: 3, variant: 'plain', rounds }, variant)); // prettier-ignore
  }
}

/** The first example layout through the command line, from a cold start: everything a user waits for. */
async function coldStart(): Promise<{ first: number; later: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'isac-bench-'));
  const layout = join(appRoot(), 'assets', 'examples', 'brown-dog-and-sheep.json');
  const cli = join(appRoot(), 'main', 'cli', 'index.ts');
  const { wallSeconds: seconds } = await runWatched(process.execPath, ['--import', 'tsx', cli, 'generate', layout, '--out', join(folder, 'a'), '--seed', '1']); // prettier-ignore
  const result = JSON.parse(readFileSync(join(folder, 'a', 'result.json'), 'utf8')) as {
    seconds: Record<string, number>;
  };
  rmSync(folder, { recursive: true, force: true });
  return { first: seconds, later: Object.values(result.seconds).reduce((sum, value) => sum + value, 0) };
}

/** The step in units of its own two predictions: a busy machine slows both down alike. */
const ratioOf = ({ seconds, plainSeconds }: Measured): number =>
  median(seconds.map((value, round) => value / (plainSeconds[round] ?? NaN)));

function table(): string {
  return [
    '| model, engine | step | seconds (median) | / its two predictions | first step | anonymous memory, MiB | resident, MiB |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) => {
      const { what, variant, seconds, firstSeconds, anonymousMiB, residentMiB } = row;
      const cells = [
        what,
        variant,
        median(seconds).toFixed(3),
        ratioOf(row).toFixed(2),
        `${firstSeconds.toFixed(2)} s`,
      ];
      return `| ${[...cells, anonymousMiB?.toFixed(0) ?? '-', residentMiB?.toFixed(0) ?? '-'].join(' | ')} |`;
    }),
  ].join('\n');
}

const path = join(appRoot(), 'docs', 'benchmarks.md');
const notesAt = '## Notes';

/** The notes are written by hand, and stay. */
function notes(): string {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return before.includes(notesAt) ? before.slice(before.indexOf(notesAt)) : `${notesAt}\n`;
}

function writeReport(): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: appRoot() }).toString().trim();
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform}`;
  const versions = Object.entries(programVersions()).map(([name, version]) => `${name} ${version}`).join(', '); // prettier-ignore
  const command = [
    'npm run bench',
    ...(process.argv.length > 2
      ? ['--', ...process.argv.slice(2).map((word) => (word.startsWith('-') ? word : basename(word)))]
      : []),
  ].join(' ');
  const wait =
    cold &&
    `
Command line, example \`brown-dog-and-sheep\`, 25 steps of ISAC-LO: ${cold.first.toFixed(1)} s from the start of the process to the
files on disk, of which ${cold.later.toFixed(1)} s in the pipeline.
`;
  const report = `# Benchmarks

Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)} at ${commit}.
Machine: ${machine}. ${versions}. A plain step is one denoising step with guidance (two predictions); the others add one
ISAC-LO gradient, three boxes, and are divided by the predictions of the same step. Each row is a process of its own.

${table()}
${wait ?? ''}
${notes()}`;
  writeFileSync(path, report);
}

const model = defaultModel();
await measureModel(`embedded ${model.id}, 128 x 128`, model.folder, 128, Number(flags.rounds));
cold = await coldStart();
writeReport();
if (flags.full !== undefined) {
  await measureModel(
    'full-size SD1.4 GLIGEN, random weights, 512 x 512',
    flags.full,
    512,
    Number(flags['full-rounds']),
  );
}
console.error(`written: ${path}`);
