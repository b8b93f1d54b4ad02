import { join } from 'node:path';
import { sourceHref } from '../../preload/contract/hrefs.ts';
import type { SourceView } from '../../preload/contract/studioRecords.ts';
import { UserError } from '../engine/errors.ts';
import { readEmbeddedRequest } from '../projects/embeddedRequest.ts';
import { readEmbeddedSource } from '../projects/embeddedSource.ts';
import { readLimitedBytes } from '../projects/readFiles.ts';
import { IMAGE, MAX_PICTURE_BYTES, resultFolder } from '../projects/resultFiles.ts';
import { sourcePng, type SourcePng } from '../projects/sourcePictures.ts';
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
      const bytes = await readLimitedBytes(path, MAX_PICTURE_BYTES).catch(() => {
        throw new UserError(`The picture of the result ${result} is missing.`);
      });
      return keep(entry, sourcePng(bytes, `The picture of the result ${result}`));
    },
    'sources.ofUpload': async ({ project, upload }, client) => {
      const entry = projects.own(project, client);
      const { path, name } = files.get(upload);
      const bytes = await readLimitedBytes(path, MAX_PICTURE_BYTES);
      const { request } = readEmbeddedRequest(bytes, name);
      const image = request.source?.image;
      const embedded = image === undefined ? null : readEmbeddedSource(bytes, image);
      if (image === undefined || embedded === null) return null;
      const picture = sourcePng(embedded, `The source picture in ${name}`);
      // Its very bytes are what the request names.
      return keep(entry, { ...picture, image, png: embedded });
    },
    'sources.ofPicture': async ({ project, upload }, client) => {
      const entry = projects.own(project, client);
      const { path, name } = files.get(upload);
      return keep(entry, sourcePng(await readLimitedBytes(path, MAX_PICTURE_BYTES), name));
    },
  };
}
