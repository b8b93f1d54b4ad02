import { Command } from 'commander';
import { LAYOUT_VERSION } from '../../preload/contract/layout.ts';
import { sizeOfRatio } from '../../preload/contract/sizeOfRatio.ts';
import type { Estimate } from '../../preload/contract/measured.ts';
import { MAX_NAME, MAX_VALUE, printable } from '../../preload/contract/printable.ts';
import { UserError } from '../engine/errors.ts';
import type { Progress } from '../host/engineProcess.ts';
import { libraryFolders } from '../library/folders.ts';
import { RunHistory } from '../library/runHistory.ts';
import { CommandEngine, modelFor } from './engine.ts';
import { withGenerationFlags } from './flags.ts';
import { OutputFolder } from './outputFolder.ts';
import { ProgressBar } from './progressBar.ts';
import { parseLayout, readLayout, type ReadLayout } from './readLayout.ts';
import { requestFromLayout, type GenerationFlags } from './requestFromLayout.ts';
import { writeResult, type FinishedJob } from './resultFiles.ts';
import { readSourceFlags, withSourceFlags, type SourceFlags } from './sourceFlags.ts';

interface GenerateFlags extends GenerationFlags, SourceFlags {
  readonly out: string;
  readonly model?: string;
  readonly json?: boolean;
  readonly prompt?: string;
  readonly image?: string;
}

export function generateCommand(): Command {
  const command = new Command('generate').argument('[layout]', 'layout file, or COCO annotations (JSON)');
  return withSourceFlags(withGenerationFlags(command))
    .description('render one layout: image, masks and result.json')
    .requiredOption('--out <folder>', 'folder for the result; an earlier result there is replaced')
    .option('--prompt <text>', 'instead of a layout: what to make, with numbers ("two horses and a dog")')
    .option('--image <name|id>', 'which image of a COCO file with several')
    .option('--json', 'print events as JSON, one a line: start, progress, step, preview, done')
    .action(generate);
}

async function generate(argument: string | undefined, flags: GenerateFlags): Promise<void> {
  const { file, notes, ...read } = await layoutOf(argument, flags);
  for (const note of notes) console.error(`note: ${note}`);
  const start = await readSourceFlags(flags, read.layout);
  const model = await modelFor(flags.model);
  // A picture to begin with has a size of its own.
  const size = read.ratio === null || start ? {} : sizeOfRatio(read.ratio, model.native, model.sizeMultiple);
  const layout = { ...read.layout, ...size };
  const request = requestFromLayout(layout, flags, model.id, model.native, start);
  const folder = await OutputFolder.open(flags.out);
  const engine = new CommandEngine();
  const history = new RunHistory(libraryFolders().data);
  const bar = flags.json === true ? null : new ProgressBar();
  try {
    const preview = flags.json === true;
    // A command starts with nothing loaded.
    const expected = await history.estimate(request, { preview, cold: true });
    if (bar) {
      if (expected) console.error(expectation(expected));
      bar.start(file, request.steps);
    } else {
      printJson({ type: 'start', steps: request.steps, expected });
    }
    const onProgress = (event: Progress): void => (bar ? bar.show(event) : printEvents(event));
    const source = start?.picture.png ?? null;
    const job = await engine.run(request, { preview, source, onProgress }).catch((error: unknown) => {
      throw error instanceof UserError ? new UserError(`${file}: ${error.message}`) : error;
    });
    await history.record(job.result, preview);
    engine.stopIfInterrupted();
    await writeResult(folder, job);
    if (source !== null) await folder.write('source.png', source);
    await folder.commit();
    bar?.stop();
    if (flags.json === true) printJson({ type: 'done', folder: folder.path, result: job.result });
    else console.log(summary(folder.path, job));
  } finally {
    bar?.stop();
    engine.close();
    await folder.discard();
  }
}

/** The layout that a command names, or the one without boxes that a prompt stands for; and what messages call it. */
async function layoutOf(
  file: string | undefined,
  { prompt, image = null }: { readonly prompt?: string; readonly image?: string | null },
): Promise<ReadLayout & { readonly file: string }> {
  if ((file === undefined) === (prompt === undefined)) {
    throw new UserError('Name either a layout file or a --prompt, not both.');
  }
  if (file !== undefined) return { file, ...(await readLayout(file, image)) };
  if (image !== null) throw new UserError('--image chooses from a COCO file; a --prompt has none.');
  const layout = parseLayout(
    JSON.stringify({ version: LAYOUT_VERSION, caption: prompt, boxes: [] }),
    '--prompt',
  );
  return { file: '--prompt', layout, ratio: null, notes: [] };
}

/** "about 4.1 s and 612 MB, by 3 earlier runs". */
function expectation({ seconds, peakBytes, runs }: Estimate): string {
  const memory = peakBytes === null ? '' : ` and ${(peakBytes / 1e6).toFixed(0)} MB`;
  return `about ${seconds.toFixed(1)} s${memory}, by ${runs} earlier ${runs === 1 ? 'run' : 'runs'} on this machine`;
}

function printEvents(event: Progress): void {
  if (event.type === 'stage') {
    printJson({ type: 'progress', stage: event.stage });
    return;
  }
  const { step, steps, loss, preview, masks } = event;
  printJson({ type: 'progress', stage: 'sampling', share: step / steps });
  printJson({ type: 'step', step, steps, loss });
  if (preview !== null) printJson({ type: 'preview', step, image: preview, masks });
}

function printJson(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function summary(folder: string, { result }: FinishedJob): string {
  const seconds = Object.values(result.seconds).reduce((a, b) => a + b, 0);
  const lines = result.boxes.map(
    ({ phrase, area, boxIou }, k) =>
      `  ${k + 1} ${printable(phrase, MAX_NAME)}: ${area} pixels${boxIou === null ? '' : `, IoU with its box ${boxIou.toFixed(2)}`}`,
  );
  const warnings = result.warnings.map((warning) => `  note: ${printable(warning)}`);
  const head = `${printable(folder, MAX_VALUE)}: "${printable(result.request.caption, MAX_VALUE)}", seed ${result.request.seed}, ${seconds.toFixed(1)} s on ${result.device}`;
  return [head, ...lines, ...warnings].join('\n');
}
