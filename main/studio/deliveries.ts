import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import { downloadHref } from '../../preload/contract/hrefs.ts';
import type { Delivery } from '../../preload/contract/studioRecords.ts';
import { ARCHIVE_SUFFIX, exportArchive } from '../projects/archive.ts';
import type { ExportJob, ExportKind } from '../projects/exports/exportResults.ts';
import { projectName, safeName } from '../projects/names.ts';
import { readOutside } from '../reader/outside.ts';
import type { StudioParts } from './calls.ts';
import { calledByName } from './temporaryFiles.ts';

/** Ending of each kind's file; empty where a folder of files is made. */
const endings: Readonly<Record<ExportKind, string>> = {
  png: 'png',
  masks: '',
  'coco-rle': '',
  'coco-polygons': '',
  svg: 'svg',
  psd: 'psd',
  'contact-sheet-png': 'png',
  'contact-sheet-svg': 'svg',
};

/** Results as files: where the user says (Electron), or as one download (web). Null when the dialog was left. */
export async function deliverResults(
  { shell, files }: StudioParts,
  job: Omit<ExportJob, 'target'>,
  client: string,
): Promise<Delivery | null> {
  const ending = endings[job.kind];
  const name = `${projectName(job.project)}${job.kind === 'png' ? '' : ` ${job.kind}`}`;
  if (shell.dialogs !== null) {
    const target = await shell.dialogs.chooseTarget(client, name, ending);
    if (target === null) return null;
    return { to: 'disk', paths: await exportOutside({ ...job, target }) };
  }
  const file = await files.reserve(ending === '' ? `${name}.zip` : `${name}.${ending}`);
  if (ending === '') {
    const folder = await files.reserve(name);
    await calledByName(folder, () => exportOutside({ ...job, target: folder.path }));
    await zipFolder(folder.path, safeName(name, 'export'), file.path);
    await files.remove(folder.id);
  } else {
    await calledByName(file, () => exportOutside({ ...job, target: file.path }));
  }
  return { to: 'download', href: downloadHref(file.id, file.name), name: file.name };
}

/** A project as one file. */
export async function deliverArchive(
  { shell, files }: StudioParts,
  project: string,
  client: string,
): Promise<Delivery | null> {
  const name = projectName(project);
  if (shell.dialogs !== null) {
    const target = await shell.dialogs.chooseTarget(client, name, ARCHIVE_SUFFIX.slice(1));
    if (target === null) return null;
    await exportArchive(project, target);
    return { to: 'disk', paths: [target] };
  }
  const file = await files.reserve(`${name}${ARCHIVE_SUFFIX}`);
  await calledByName(file, () => exportArchive(project, file.path));
  return { to: 'download', href: downloadHref(file.id, file.name), name: file.name };
}

/** Pictures and masks of results are decoded for it: in the reader's thread. */
const exportOutside = (job: ExportJob): Promise<string[]> =>
  readOutside('exportResults', job, { about: job.project, totalMs: null });

async function zipFolder(folder: string, root: string, target: string): Promise<void> {
  const zip = new yazl.ZipFile();
  const failed = new Promise<never>((_, reject) => zip.on('error', reject));
  const written = pipeline(zip.outputStream, createWriteStream(target, { flags: 'wx' }));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    zip.addFile(path, `${root}${path.slice(folder.length).replaceAll('\\', '/')}`);
  }
  zip.end();
  await Promise.race([written, failed]);
}
