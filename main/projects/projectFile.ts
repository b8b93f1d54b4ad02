import { randomUUID } from 'node:crypto';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Damage, ProjectFile } from '../../preload/contract/project.ts';
import { PROJECT_VERSION, projectFileSchema } from '../../preload/contract/project.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { JsonBoundError, parseBoundedJson } from '../files/boundedJson.ts';
import { BOUNDS } from '../files/bounds.ts';
import { backupPath, exists, writeFileAtomic } from './atomicFile.ts';
import { codeOf } from './fileErrors.ts';
import { migrate, NewerVersionError, type RawObject } from './migrations.ts';
import { newDocument, type DocumentDefaults } from '../../preload/contract/newDocument.ts';
import { documentOfRequest } from './documentOfRequest.ts';
import { readLimited } from './readFiles.ts';
import { latestRequest, RESULTS } from './resultFiles.ts';
import { isObject, salvageProject } from './salvage.ts';

/** The name of the project file in its folder. */
export const PROJECT_FILE = 'project.json';

export interface ReadProject {
  file: ProjectFile;
  damage: Damage[];
}

/** A new project file around a document. */
export function newProjectFile(document: ProjectFile['document'], writtenBy: string): ProjectFile {
  const now = new Date().toISOString();
  return {
    format: 'isac-project',
    version: PROJECT_VERSION,
    id: randomUUID(),
    created: now,
    modified: now,
    writtenBy,
    document,
    results: [],
  };
}

/** Writes project.json; what was there becomes project.json.bak unless it is known to be damaged. */
export async function writeProjectFile(folder: string, file: ProjectFile, backup: boolean): Promise<void> {
  const text = `${JSON.stringify(projectFileSchema.parse(file), null, 2)}\n`;
  await writeFileAtomic(join(folder, PROJECT_FILE), text, { backup });
}

/**
 * Reads a project folder as far as it can be read: project.json; where that is no JSON, its previous version; where
 * there is none either, the layout of the newest result. What was lost is in `damage`. Writes nothing.
 *
 * @throws NewerVersionError; UserError when the folder is no project at all
 */
export async function readProjectFile(folder: string, defaults: DocumentDefaults): Promise<ReadProject> {
  const main = await readRaw(join(folder, PROJECT_FILE));
  if ('raw' in main) return understand(main.raw, folder, PROJECT_FILE, defaults);
  const backup = await readRaw(backupPath(join(folder, PROJECT_FILE)));
  if ('raw' in backup) {
    const name = backupPath(PROJECT_FILE);
    const { file, damage } = understand(backup.raw, folder, name, defaults);
    const message = `${PROJECT_FILE} ${main.problem}; the previous version, saved ${file.modified}, was opened.`;
    return { file, damage: [{ file: PROJECT_FILE, message }, ...damage] };
  }
  if (main.absent && backup.absent && !(await exists(join(folder, RESULTS)))) {
    throw new UserError(`${folder} is not an ISAC Studio project: it holds no ${PROJECT_FILE}.`);
  }
  const request = await latestRequest(folder);
  const document = request === null ? newDocument(defaults) : documentOfRequest(request);
  const rest =
    request === null
      ? 'the boxes are lost; the results are kept'
      : 'the layout of the newest result was opened';
  const message = `${PROJECT_FILE} ${main.problem} and its backup ${backup.problem}: ${rest}.`;
  return { file: newProjectFile(document, 'recovered'), damage: [{ file: PROJECT_FILE, message }] };
}

/** Without a version number the file is read as if it were current: what fits is kept. */
function understand(raw: RawObject, folder: string, name: string, defaults: DocumentDefaults): ReadProject {
  try {
    return salvageProject(migrate(raw, join(folder, name)), defaults, name);
  } catch (error) {
    if (error instanceof NewerVersionError || !(error instanceof UserError)) throw error;
    const { file, damage } = salvageProject({ ...raw, version: PROJECT_VERSION }, defaults, name);
    return { file, damage: [{ file: name, message: error.message }, ...damage] };
  }
}

/** Sets a damaged project.json aside before it is written over, so that nothing is lost that a person might still read. */
export async function keepDamagedFile(folder: string): Promise<void> {
  const path = join(folder, PROJECT_FILE);
  const copies = (await readdir(folder)).filter((name) => name.startsWith(`${PROJECT_FILE}.damaged-`)).length;
  if (copies >= 20) return;
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  try {
    await copyFile(path, `${path}.damaged-${stamp}`);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

type RawFile = { raw: RawObject } | { problem: string; absent: boolean };

/** The JSON object in a file, or in words why there is none. */
async function readRaw(path: string): Promise<RawFile> {
  let text: string;
  try {
    text = await readLimited(path, BOUNDS.project.bytes);
  } catch (error) {
    const absent = codeOf(error) === 'ENOENT';
    return { problem: absent ? 'is missing' : `cannot be read (${messageOf(error)})`, absent };
  }
  if (text.trim() === '') return { problem: 'is empty', absent: false };
  try {
    const raw = parseBoundedJson(text, BOUNDS.project, PROJECT_FILE);
    if (isObject(raw)) return { raw };
    return { problem: 'does not hold an object', absent: false };
  } catch (error) {
    if (error instanceof JsonBoundError) return { problem: error.reason, absent: false };
    return { problem: `is cut off or not JSON (${messageOf(error)})`, absent: false };
  }
}
