import { join } from 'node:path';
import { sourceHref } from '../../preload/contract/hrefs.ts';
import type { SourceView } from '../../preload/contract/studioRecords.ts';
import { UserError } from '../engine/errors.ts';
import { exists } from '../projects/atomicFile.ts';
import { IMAGE, resultFolder } from '../projects/resultFiles.ts';
import type { SourcePng } from '../projects/sourcePictures.ts';
import { readOutside } from '../reader/outside.ts';
import type { CallsOf, Handlers, StudioParts } from './calls.ts';
import type { OpenEntry } from './openProjects.ts';

/** Pictures that runs begin with. */
export function sourceCalls({ projects, files }: StudioParts): Handlers<CallsOf<'sources'>> {
  const keep = async ({ handle, project }: OpenEntry, source: SourcePng): Promise<SourceView> => {
    await project.keepSource(source);
    const { image, width, height } = source;
    return { image, width, height, href: sourceHref(handle, image) };
  };
  return {
    'sources.ofResult': async ({ project, result }, client) => {
      const entry = projects.own(project, client);
      const path = join(resultFolder(entry.project.path, result), IMAGE);
      const name = `The picture of the result ${result}`;
      if (!(await exists(path))) throw new UserError(`${name} is missing.`);
      return keep(entry, await readOutside('sourcePicture', { path, name }, { about: name }));
    },
    'sources.ofUpload': async ({ project, upload }, client) => {
      const entry = projects.own(project, client);
      const { path, name } = files.get(upload);
      const source = await readOutside('sourceInside', { path, name }, { about: name });
      return source === null ? null : keep(entry, source);
    },
    'sources.ofPicture': async ({ project, upload }, client) => {
      const entry = projects.own(project, client);
      const { path, name } = files.get(upload);
      return keep(entry, await readOutside('sourcePicture', { path, name }, { about: name }));
    },
  };
}
