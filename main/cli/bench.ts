import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import cliProgress from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf, UserError } from '../engine/errors.ts';
import { Pipeline, type PipelineOutput } from '../engine/diffusion/pipeline.ts';
import { drawOverlay } from '../engine/masks/overlay.ts';
import { rgbOfBox } from '../../preload/contract/palette.ts';
import { contactSheet } from '../bench/contactSheet.ts';
import { Evaluator } from '../bench/evaluator.ts';
import { readLayoutLines } from '../bench/layoutLines.ts';
import { readPromptLines } from '../bench/promptLines.ts';
import { allMethods, mainMethods, type Method } from '../bench/methods.ts';
import { Journal, type BenchRecord } from '../bench/record.ts';
import { byHardness, markdown, summarise } from '../bench/report.ts';
import { jobsOf, runBench, usualOptions } from '../bench/runBench.ts';
import { makeSuite, suiteNames, type BenchLayout, type SuiteName } from '../bench/suites.ts';
import { readVocabulary, type Vocabulary } from '../bench/vocabulary.ts';
import { appRoot } from '../host/appRoot.ts';
import { defaultModel, findModel } from '../host/models.ts';
import { encodePng } from '../host/png.ts';
import { isacSchema } from '../../preload/contract/isac.ts';
import { zodSentence } from './zodSentence.ts';

interface Flags {
  suite?: SuiteName[];
  layouts?: string;
  prompts?: string;
  methods?: string[];
  count: number;
  split: number;
  seeds: number[];
  steps: number;
  guidance: number;
  groundingShare: number;
  boxes: boolean;
  out: string;
  model?: string;
}

/** Layouts shown in a suite's contact sheet. */
const SHEET_ROWS = 8;

export function benchCommand(): Command {
  return new Command('bench')
    .description(
      'measure what ISAC changes: suites of layouts, judged by the evaluator; goes on where it stopped',
    )
    .option('--suite <names...>', `which suites: ${suiteNames.join(', ')}`, suitesOf)
    .option('--layouts <file>', 'layouts of a JSON-lines file instead of the suites')
    .option('--prompts <file>', 'prompts of a JSON-lines file instead, without boxes')
    .option(
      '--methods <names...>',
      `methods by name (default: ${mainMethods.map(({ name }) => name).join(', ')}; "all"), or a method and settings of its own: 'lo {"strength":0.1}'`,
    )
    .option('--count <n>', 'layouts per suite (of a file: per skill, evenly spread)', whole, 40)
    .option('--split <n>', 'which layouts the suites are made of: 1 to tune on, 2 to report', whole, 2)
    .option('--seeds <list>', 'seeds of the noise, as 1,2,3', seedsOf, [1])
    .option('--steps <n>', 'denoising steps', whole, usualOptions.steps)
    .option('--guidance <g>', 'guidance scale', Number, usualOptions.guidanceScale)
    .option(
      '--grounding-share <s>',
      'share of the steps in which the boxes ground the image',
      share,
      usualOptions.groundingShare,
    )
    .option('--no-boxes', 'from the words of the layouts alone; places are then not judged')
    .option('--model <id|folder>', 'a model with a vocabulary.json')
    .option('--out <dir>', 'where journal, table and contact sheets go', 'bench-output')
    .action(bench);
}

async function bench(flags: Flags): Promise<void> {
  const model = flags.model === undefined ? defaultModel() : findModel(flags.model);
  const vocabulary = await readVocabulary(join(model.folder, 'vocabulary.json'));
  const evaluator = await Evaluator.open(join(appRoot(), 'assets', 'models', 'evaluator'));
  const layouts = await layoutsOf(flags, vocabulary);
  const methods = methodsOf(flags.methods);
  const jobs = jobsOf(layouts, flags.seeds, methods);
  await mkdir(join(flags.out, 'layouts'), { recursive: true });
  for (const { id, layout } of layouts) {
    await writeFile(join(flags.out, 'layouts', `${id}.json`), `${JSON.stringify(layout, null, 2)}\n`);
  }
  const journal = await Journal.open(join(flags.out, 'journal.jsonl'));
  const pipeline = await Pipeline.open(model.source, 'cpu');

  const bar = new cliProgress.SingleBar({ format: '{bar} {value}/{total} | {name} | {eta_formatted} left', stream: process.stderr, noTTYOutput: true, notTTYSchedule: 10_000 }); // prettier-ignore
  bar.start(jobs.length, 0, { name: '' });
  const sheets = new Map<string, Map<string, Uint8Array[]>>();
  const options = {
    steps: flags.steps,
    guidanceScale: flags.guidance,
    groundingShare: flags.groundingShare,
    boxes: flags.boxes && flags.prompts === undefined,
  };
  const records: BenchRecord[] = [];
  await runBench(jobs, pipeline, evaluator, journal, options, (done, record, output) => {
    records.push(record);
    bar.update(done, { name: `${record.layout} ${record.method}` });
    if (output) keepForSheet(sheets, record.suite, `${record.layout} ${record.seed}`, output);
  });
  bar.stop();

  const baseline = methods[0]?.name ?? '';
  const suites = summarise(records, baseline, evaluator.config);
  const hardness = summarise(byHardness(records), baseline, evaluator.config);
  const text = `${markdown(suites, baseline)}\n\n## By OverLayScore\n\n${markdown(hardness, baseline)}\n`;
  await writeFile(join(flags.out, 'table.md'), text);
  await writeFile(
    join(flags.out, 'results.json'),
    `${JSON.stringify({ suites, hardness, options }, null, 2)}\n`,
  );
  const { width, height } = pipeline.nativeSize;
  for (const [suite, rows] of sheets) {
    const sheet = contactSheet([...rows.values()], width, height);
    await writeFile(join(flags.out, `${suite}.png`), encodePng(sheet.data, sheet.width, sheet.height, 3));
  }
  console.log(text);
  await pipeline.release();
}

async function layoutsOf(flags: Flags, vocabulary: Vocabulary): Promise<BenchLayout[]> {
  const path = flags.prompts ?? flags.layouts;
  if (path === undefined) {
    return (flags.suite ?? suiteNames).flatMap((name) =>
      makeSuite(name, vocabulary, flags.count, flags.split),
    );
  }
  const read = flags.prompts === undefined ? readLayoutLines : readPromptLines;
  const { layouts, skipped } = await read(path, vocabulary);
  console.error(
    `${path}: ${layouts.length} ${flags.prompts === undefined ? 'layouts' : 'prompts'} within the model's vocabulary, ${skipped} left out`,
  );
  const suites = [...new Set(layouts.map(({ suite }) => suite))];
  return suites.flatMap((suite) => spread(layouts.filter((layout) => layout.suite === suite), flags.count)); // prettier-ignore
}

/** At most `count` of the entries, evenly spread over the list. */
function spread<T>(entries: readonly T[], count: number): T[] {
  if (entries.length <= count) return [...entries];
  return Array.from(
    { length: count },
    (_, i) => entries.slice(Math.floor((i * entries.length) / count))[0] as T,
  );
}

function methodsOf(names: readonly string[] | undefined): readonly Method[] {
  if (names === undefined) return mainMethods;
  if (names.includes('all')) return allMethods;
  return names.map((name) => {
    const method = allMethods.find((one) => one.name === name) ?? methodOf(name);
    if (!method)
      throw new UserError(`method "${name}": known are ${allMethods.map((one) => one.name).join(', ')}.`);
    return method;
  });
}

/** `lo {"strength":0.1}`: a method and what differs from its defaults; null when it does not read so. */
function methodOf(name: string): Method | null {
  const [, method, text = ''] = /^(none|lo|ls)\s*(\{.*\})$/.exec(name) ?? [];
  if (method === undefined) return null;
  const parsed = isacSchema.safeParse({ ...settingsIn(name, text), method });
  if (!parsed.success) throw new UserError(`method ${name}: ${zodSentence(parsed.error, isacSchema)}.`);
  return { name, isac: parsed.data };
}

function settingsIn(name: string, text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new UserError(`method ${name}: its settings are not JSON: ${messageOf(error)}.`);
  }
}

/** Per layout: the image with each method, and the overlay of the last. */
function keepForSheet(
  sheets: Map<string, Map<string, Uint8Array[]>>,
  suite: string,
  row: string,
  output: PipelineOutput,
): void {
  const rows = sheets.get(suite) ?? new Map<string, Uint8Array[]>();
  sheets.set(suite, rows);
  if (!rows.has(row) && rows.size >= SHEET_ROWS) return;
  const { image, width, height, masks, result } = output;
  const owner = new Uint8Array(width * height);
  masks.forEach((mask, k) => mask.forEach((value, p) => { if (value) owner[p] = k + 1; })); // prettier-ignore
  const boxes = result.request.boxes.map(({ box }) => box);
  const rgba = drawOverlay({ image, width, height, owner, boxes, colourOf: rgbOfBox });
  rows.set(row, [...(rows.get(row) ?? []), image, rgba.filter((_, i) => i % 4 !== 3)]);
}

function suitesOf(name: string, before: SuiteName[] | undefined): SuiteName[] {
  const suite = suiteNames.find((one) => one === name);
  if (!suite) throw new InvalidArgumentError(`It must be one of ${suiteNames.join(', ')}.`);
  return [...(before ?? []), suite];
}

const seedsOf = (text: string): number[] => text.split(',').map(whole);

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must lie within 0 and 1.');
  return value;
}
