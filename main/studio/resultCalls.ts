import { join } from 'node:path';
import { resultHref } from '../../preload/contract/hrefs.ts';
import { subjectsOf } from '../../preload/contract/instances.ts';
import type { ResultView } from '../../preload/contract/studioRecords.ts';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../engine/errors.ts';
import { exists } from '../projects/atomicFile.ts';
import { changedFiles } from '../projects/changedFiles.ts';
import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import { documentOfRequest } from '../projects/documentOfRequest.ts';
import { decodePng } from '../projects/picture.ts';
import { readLimitedBytes } from '../projects/readFiles.ts';
import {
  IMAGE,
  maskName,
  MASKS,
  MAX_PICTURE_BYTES,
  RESULT,
  resultFolder,
  TRACE,
} from '../projects/resultFiles.ts';
import { readOutside } from '../reader/outside.ts';
import type { CallsOf, Handlers, StudioParts } from './calls.ts';
import { deliverResults } from './deliveries.ts';
import type { ModelList } from './modelList.ts';
import { historyEntry, type OpenEntry } from './openProjects.ts';
import { dialogsOf } from './shell.ts';

/** The results of a project, what leaves it and what comes in. */
export function resultCalls(
  parts: StudioParts,
): Handlers<CallsOf<'results' | 'exports' | 'imports' | 'clipboard'>> {
  const { shell, projects, files, models } = parts;
  return {
    'results.read': async ({ project, result }, client) => readResult(projects.own(project, client), result),
    'results.document': async ({ project, result }, client) => {
      const { path } = projects.own(project, client).project;
      const { record } = await readOutside('resultRecord', { project: path, id: result }, { about: result });
      if (record === null) throw new UserError(`The result ${result} does not tell how it was made.`);
      return documentOfRequest(record.request);
    },
    'results.pin': async ({ project, result, pinned }, client) => {
      await projects.own(project, client).project.pinResult(result, pinned);
      return null;
    },
    'results.remove': async ({ project, result }, client) => {
      await projects.own(project, client).project.deleteResult(result);
      return null;
    },
    'results.restore': async ({ project, result }, client) => {
      const entry = projects.own(project, client);
      return historyEntry(entry.handle, await entry.project.restoreResult(result));
    },
    'results.reveal': async ({ project, result }, client) => {
      const { path } = projects.own(project, client).project;
      dialogsOf(shell, 'Showing a file').reveal(join(resultFolder(path, result), IMAGE));
      return null;
    },
    'exports.run': async ({ project, kind, results }, client) => {
      const { path, document } = projects.own(project, client).project;
      const colours = new Map(document.boxes.map(({ id, colour }) => [id, colour]));
      return deliverResults(parts, { project: path, results, kind, colours }, client);
    },
    'imports.read': async ({ upload, image, model }) => {
      const { path, name } = files.get(upload);
      const defaults = await defaultsFor(models, model);
      return readOutside('droppedFile', { path, name, defaults, image: image ?? null }, { about: name });
    },
    'clipboard.copyImage': async ({ project, result }, client) => {
      const { path } = projects.own(project, client).project;
      const dialogs = dialogsOf(shell, 'Copying through the system');
      dialogs.copyImage(await readLimitedBytes(join(resultFolder(path, result), IMAGE), MAX_PICTURE_BYTES));
      return null;
    },
  };
}

async function readResult({ handle, project }: OpenEntry, id: string): Promise<ResultView> {
  const { record } = await readOutside('resultRecord', { project: project.path, id }, { about: id });
  const result = record?.result;
  if (record === null || result === null || result === undefined) {
    throw new UserError(sentence('result.damaged', { id, file: RESULT }));
  }
  const folder = resultFolder(project.path, id);
  const changed = await changedFiles(folder, record.entry, record.missing);
  const href = async (file: string): Promise<string | null> =>
    record.missing.includes(file) ||
    !(await exists(join(folder, file))) ||
    (changed.includes(file) && !(await canBeShown(join(folder, file))))
      ? null
      : resultHref(handle, id, file);
  const masks: (string | null)[] = [];
  for (const [index, { phrase }] of subjectsOf(result.request).entries()) {
    masks.push(await href(`${MASKS}/${maskName(index, phrase)}`));
  }
  return { id, result, image: await href(IMAGE), masks, trace: await href(TRACE), changed };
}

/** Whether a file whose bytes have changed is still a whole picture. Of other files, their reader finds out. */
async function canBeShown(path: string): Promise<boolean> {
  if (!path.endsWith('.png')) return true;
  try {
    decodePng(await readLimitedBytes(path, MAX_PICTURE_BYTES), path);
    return true;
  } catch {
    return false;
  }
}

/** What a document of that model begins with; of an unknown one, what a new document does. */
async function defaultsFor(models: ModelList, model: string | undefined): Promise<DocumentDefaults> {
  const found = model === undefined ? undefined : (await models.list()).find(({ id }) => id === model);
  if (found === undefined) return models.defaults();
  const { id, width, height, sizeMultiple } = found;
  return { model: id, width, height, sizeMultiple };
}
