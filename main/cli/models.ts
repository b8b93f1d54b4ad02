import { createInterface } from 'node:readline/promises';
import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import { Command } from 'commander';
import { Cancelled } from '../engine/diffusion/cancelled.ts';
import { MAX_NAME, MAX_VALUE, printable } from '../../preload/contract/printable.ts';
import { UserError } from '../engine/errors.ts';
import { onEndSignal } from '../host/endSignals.ts';
import { gigabytes } from '../library/hub/chooseFiles.ts';
import { HubSettingsFile } from '../library/hub/settingsFile.ts';
import {
  cancelDownload,
  downloadModel,
  planDownload,
  type DownloadPlan,
} from '../library/hub/downloadModel.ts';
import { ModelLibrary, type LibraryModel } from '../library/modelLibrary.ts';

interface Json {
  json?: boolean;
}

interface GetFlags extends Json {
  revision?: string;
  file?: string[];
  endpoint?: string;
  yes?: boolean;
  cancel?: boolean;
}

/** `models list|add|get|remove|verify`: the model library on the command line. */
export function modelsCommand(): Command {
  const models = new Command('models').description('the model library: list, add, get, remove, verify');
  const json = '--json';
  const asJson = 'print the answer as JSON';
  models
    .command('list')
    .description('models that can be named with --model, and what is wrong with broken ones')
    .option(json, asJson)
    .action(list);
  models
    .command('add <path>')
    .description('a diffusers folder or a single-file checkpoint of Stable Diffusion 1.x; nothing is copied')
    .option('--adapter <file>', "a file with GLIGEN's layers, for models without them")
    .option(
      '--tokenizer <folder>',
      'a folder with vocab.json and merges.txt, for checkpoints with one of their own',
    )
    .option('--name <name>', 'what to call it')
    .option(json, asJson)
    .action(add);
  models
    .command('get <owner/name>')
    .description('download a model from the Hugging Face hub; goes on where an earlier download stopped')
    .option('--revision <name>', 'branch, tag or commit')
    .option('--file <path...>', 'single files instead of a whole model, such as an adapter')
    .option(
      '--endpoint <url>',
      'a mirror of the hub (or set HF_ENDPOINT); HTTPS_PROXY and HF_TOKEN are heeded',
    )
    .option('--yes', 'download without asking')
    .option('--cancel', 'delete what came of an unfinished download')
    .option(json, asJson)
    .action(get);
  models
    .command('remove <id>')
    .description('take a model off the list; your own files stay where they are')
    .option('--delete-files', 'delete the files of a downloaded model')
    .option(json, asJson)
    .action(remove);
  models
    .command('verify <id>')
    .description('look for missing tensors and hash every weight file')
    .option(json, asJson)
    .action(verify);
  return models;
}

async function list(flags: Json): Promise<void> {
  const models = await new ModelLibrary().list();
  if (flags.json === true) return print(models);
  const table = new Table({
    head: ['id', 'family', 'grounding', 'size', 'precision', 'weights', 'licence'],
    style: { head: [], border: [] },
  });
  for (const model of models) table.push(rowOf(model));
  console.log(table.toString());
  for (const { id, problem } of models) if (problem !== null) console.log(printable(`${id}: ${problem}`));
}

async function add(
  path: string,
  flags: Json & { adapter?: string; tokenizer?: string; name?: string },
): Promise<void> {
  const { json, ...rest } = flags;
  const model = await new ModelLibrary().add({ path, ...rest });
  if (json === true) return print(model);
  console.log(summaryOf(model));
}

async function get(name: string, flags: GetFlags): Promise<void> {
  const library = new ModelLibrary();
  const settings = await new HubSettingsFile(library.folders.data).settings(
    flags.endpoint === undefined ? {} : { endpoint: flags.endpoint },
  );
  const plan = await planDownload(library, name, settings, {
    ...(flags.revision === undefined ? {} : { revision: flags.revision }),
    ...(flags.file === undefined ? {} : { only: flags.file }),
  });
  if (flags.cancel === true) {
    await cancelDownload(plan);
    return flags.json === true
      ? print({ cancelled: plan.folder })
      : console.log(`${plan.folder}: unfinished files deleted.`);
  }
  console.error(planText(plan));
  if (flags.yes !== true && !(await agreed())) throw new Cancelled();

  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  const stopListening = onEndSignal(interrupt);
  const bar = new cliProgress.SingleBar({ format: '{bar} {percentage}% | {file} | {eta_formatted} left', stream: process.stderr, noTTYOutput: true, gracefulExit: false }); // prettier-ignore
  bar.start(plan.totalBytes, 0, { file: '' });
  let model: LibraryModel | null;
  try {
    model = await downloadModel(library, plan, settings, {
      signal: stop.signal,
      onProgress: ({ doneBytes, file }) => bar.update(doneBytes, { file }),
    });
  } catch (error) {
    if (stop.signal.aborted) throw new Cancelled();
    throw error;
  } finally {
    bar.stop();
    stopListening();
  }
  if (flags.json === true)
    return print(model ?? { folder: plan.folder, files: plan.files.map(({ path }) => path) });
  console.log(
    model === null ? `${plan.folder}: ${plan.files.map(({ path }) => path).join(', ')}` : summaryOf(model),
  );
}

async function remove(id: string, flags: Json & { deleteFiles?: boolean }): Promise<void> {
  const { deleted } = await new ModelLibrary().remove(id, flags.deleteFiles === true);
  if (flags.json === true) return print({ id, deleted });
  console.log(
    deleted === null
      ? `${id} is off the list; its files stay.`
      : `${id} is off the list and ${deleted} is deleted.`,
  );
}

async function verify(id: string, flags: Json): Promise<void> {
  let present = '';
  const hashes = await new ModelLibrary().verify(id, ({ file }) => {
    if (file !== present) console.error(printable(`hashing ${file}`));
    present = file;
  });
  if (flags.json === true) return print({ id, hashes });
  for (const [path, sha256] of Object.entries(hashes))
    console.log(`${sha256}  ${printable(path, MAX_VALUE)}`);
}

function rowOf({
  id,
  family,
  grounding,
  resolution,
  precision,
  weightBytes,
  licence,
}: LibraryModel): string[] {
  const size = resolution === null ? '' : `${resolution.width} x ${resolution.height}`;
  return [
    id,
    family ?? 'broken',
    grounding ?? '',
    size,
    precision ?? '',
    weightBytes === 0 ? '' : gigabytes(weightBytes),
    licence ?? 'unknown',
  ].map((cell) => printable(cell, MAX_NAME));
}

function summaryOf(model: LibraryModel): string {
  const [id = '', ...facts] = rowOf(model);
  return `${id}: ${facts.filter((fact) => fact !== '').join(', ')}`;
}

/** What is to come, with its licence, before anything is fetched. */
function planText({
  repository,
  files,
  notes,
  totalBytes,
  remainingBytes,
  freeBytes,
  folder,
}: DownloadPlan): string {
  return [
    `${repository.name} at ${repository.revision.slice(0, 12)}, licence: ${printable(repository.licence ?? 'none stated', MAX_NAME)}${repository.gated ? ' (must be accepted on its page)' : ''}`,
    ...files.map(({ path, bytes }) => `  ${printable(path, MAX_VALUE)}  ${gigabytes(bytes)}`),
    ...notes.map((note) => printable(note)),
    `${gigabytes(totalBytes)} in all, ${gigabytes(remainingBytes)} to come, ${gigabytes(freeBytes)} free in ${folder}`,
  ].join('\n');
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UserError('Nothing is downloaded without being asked for: add --yes.');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question('Download? [y/N] ')).trim());
  } finally {
    prompt.close();
  }
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}
