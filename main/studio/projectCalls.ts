import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { backdropHref } from '../../preload/contract/hrefs.ts';
import type { OpenedProject, ProjectList } from '../../preload/contract/studioRecords.ts';
import { UserError } from '../engine/errors.ts';
import { importArchiveOutside } from '../projects/importOutside.ts';
import { exists } from '../projects/atomicFile.ts';
import { MAX_BACKDROP_BYTES } from '../projects/backdrops.ts';
import { createExampleProject } from '../projects/exampleProject.ts';
import { fileError } from '../projects/fileErrors.ts';
import { PROJECT_SUFFIX, projectName } from '../projects/names.ts';
import { newDocument } from '../../preload/contract/newDocument.ts';
import { PROJECT_FILE } from '../projects/projectFile.ts';
import { readLimitedBytes } from '../projects/readFiles.ts';
import type { CallsOf, Handlers, StudioParts } from './calls.ts';
import { deliverArchive } from './deliveries.ts';
import { pathOfName, type OpenEntry } from './openProjects.ts';
import { dialogsOf } from './shell.ts';
import { calledByName } from './temporaryFiles.ts';

/** Opening, saving and closing projects. */
export function projectCalls(parts: StudioParts): Handlers<CallsOf<'projects' | 'project'>> {
  const { shell, folders, session, recent, projects, jobs, models, files } = parts;
  const place = ({ project }: OpenEntry): { path: string; name: string; untitled: boolean } => ({
    path: project.path,
    name: projectName(project.path),
    untitled: project.untitled,
  });

  const list = async (): Promise<ProjectList> => ({
    recent: await recent.list(),
    folder: await projectsIn(folders.projects),
    unclosed: await session.unclosed(await models.defaults()),
  });

  return {
    'projects.list': list,
    'projects.forget': async ({ path }) => {
      await recent.remove(path);
      if (!projects.entries.some(({ project }) => project.path === path)) await session.closed(path);
      return null;
    },

    'project.create': async (_, client) => {
      const document = newDocument(await models.defaults());
      return projects.start(client, (options) => session.createUntitled(document, options));
    },
    'project.openExample': (_, client) =>
      projects.start(client, async (options) => {
        await mkdir(session.untitledFolder, { recursive: true });
        return createExampleProject(session.untitledFolder, { ...options, examples: parts.examples });
      }),
    'project.open': async ({ path, force }, client) => {
      await checkKnown(path);
      return projects.open(client, path, force);
    },
    'project.openDialog': async (_, client) => {
      const path = await dialogsOf(shell, 'Opening with a dialog').chooseProject(client);
      return path === null ? null : projects.open(client, path, false);
    },
    'project.view': async ({ project }, client) => projects.view(projects.own(project, client)),
    'project.save': async ({ project, document }, client) => {
      projects.own(project, client).project.update(document);
      return null;
    },
    'project.flush': async ({ project }, client) => {
      await projects.own(project, client).project.flush();
      return null;
    },
    'project.rename': async ({ project, name }, client) => {
      const entry = projects.own(project, client);
      await projects.rename(entry, name);
      return place(entry);
    },
    'project.saveAs': async ({ project, name, overwrite }, client) => {
      const entry = projects.own(project, client);
      if (name === undefined) {
        const suggested = projectName(entry.project.path);
        const target = await dialogsOf(shell, 'Saving with a dialog').chooseTarget(client, suggested, 'isac');
        if (target === null) return null;
        // The system's dialog has asked before it names something that is there.
        await projects.saveAs(entry, target, true);
      } else {
        await makeFolder(folders.projects);
        await projects.saveAs(entry, pathOfName(folders.projects, name), overwrite);
      }
      jobs.retry(entry.handle);
      return place(entry);
    },
    'project.close': async ({ project, discard }, client) => {
      const entry = projects.own(project, client);
      await jobs.clear(entry.handle);
      await projects.close(entry, discard);
      return null;
    },
    'project.exportZip': async ({ project }, client) => {
      const { project: opened } = projects.own(project, client);
      if (!opened.readOnly) await opened.flush();
      return deliverArchive(parts, opened.path, client);
    },
    'project.importZip': async ({ upload }, client): Promise<OpenedProject | null> => {
      const sent = upload === undefined ? null : files.get(upload);
      const archive = sent?.path ?? (await dialogsOf(shell, 'Opening with a dialog').chooseArchive(client));
      if (archive === null) return null;
      await makeFolder(folders.projects);
      const unpack = async (): Promise<string> =>
        importArchiveOutside(archive, folders.projects, await models.defaults());
      const path = await (sent === null ? unpack() : calledByName(sent, unpack));
      if (sent !== null) await files.remove(sent.id);
      return projects.open(client, path, false);
    },
    'project.addBackdrop': async ({ project, upload }, client) => {
      const entry = projects.own(project, client);
      const { path, name } = files.get(upload);
      const file = await entry.project.addBackdrop(await readLimitedBytes(path, MAX_BACKDROP_BYTES), name);
      await files.remove(upload);
      return { file, href: backdropHref(entry.handle, file) };
    },
  };

  /** A page may open what the lists name and what the user or the system pointed at, nothing else of the disk. */
  async function checkKnown(path: string): Promise<void> {
    const wanted = resolve(path);
    const { recent: opened, folder, unclosed } = await list();
    const known = [...opened, ...folder, ...unclosed, ...projects.entries.map(({ project }) => project)];
    if (parts.granted.has(wanted) || known.some((one) => resolve(one.path) === wanted)) return;
    throw new UserError(`${path} is not one of your projects: open it from the file system, or import it.`);
  }
}

/** The projects that lie in a folder, by name. */
async function projectsIn(folder: string): Promise<{ path: string; name: string }[]> {
  if (!(await exists(folder))) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: { path: string; name: string }[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (
      !entry.isDirectory() ||
      !entry.name.toLowerCase().endsWith(PROJECT_SUFFIX) ||
      entry.name.startsWith('.')
    )
      continue;
    if (await exists(join(path, PROJECT_FILE))) found.push({ path, name: projectName(path) });
  }
  return found.sort((a, b) => a.name.localeCompare(b.name)).slice(0, 1000);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError('create', folder, error);
  }
}
