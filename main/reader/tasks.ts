import type { DocumentDefaults } from '../../preload/contract/newDocument.ts';
import type { Damage, LoadedResult, ProjectFile, ResultSummary } from '../../preload/contract/project.ts';
import { openGligenAdapter } from '../engine/weights/gligenAdapter.ts';
import { openLora } from '../engine/weights/lora/openLora.ts';
import { openModel, type ModelSource } from '../engine/weights/openModel.ts';
import { describeModel, type ModelDescription } from '../library/describeModel.ts';
import { ARCHIVE_LIMITS, importArchive } from '../projects/archive.ts';
import { readEmbeddedRequest } from '../projects/embeddedRequest.ts';
import { readEmbeddedSource } from '../projects/embeddedSource.ts';
import type { ExportJob } from '../projects/exports/exportResults.ts';
import { readDroppedFile, type DroppedFile } from '../projects/imports/droppedFile.ts';
import { contentsOf } from '../projects/projectContents.ts';
import { readProjectFile, type ReadProject } from '../projects/projectFile.ts';
import { readLimitedBytes } from '../projects/readFiles.ts';
import { MAX_PICTURE_BYTES, readResultRecord, type ResultRecord } from '../projects/resultFiles.ts';
import { loadResult, pinResult, summaryOf } from '../projects/results.ts';
import { sourcePng, type SourcePng } from '../projects/sourcePictures.ts';

/** A file and what messages call it. */
interface NamedFile {
  readonly path: string;
  readonly name: string;
}

interface ResultPlace {
  readonly project: string;
  readonly id: string;
}

/**
 * Every reader of what comes from outside, as it runs in the reader's thread (readOutside). Arguments and results are
 * plain values: paths go in, not bytes, and what is large and not asked for stays in the thread.
 */
export const readerTasks = {
  projectFile: ({ folder, defaults }: { folder: string; defaults: DocumentDefaults }): Promise<ReadProject> =>
    readProjectFile(folder, defaults),

  projectContents: (place: {
    path: string;
    file: ProjectFile;
    damage: readonly Damage[];
  }): ReturnType<typeof contentsOf> => contentsOf(place.path, place.file, place.damage),

  resultRecord: async ({
    project,
    id,
  }: ResultPlace): Promise<{ record: ResultRecord | null; damage: Damage[] }> => {
    const damage: Damage[] = [];
    return { record: await readResultRecord(project, id, damage), damage };
  },

  resultSummary: ({ project, id }: ResultPlace): Promise<ResultSummary> => summaryOf(project, id),

  /** Reads what it changes one word of. */
  pinResult: ({ project, id, pinned }: ResultPlace & { pinned: boolean }): Promise<void> =>
    pinResult(project, id, pinned),

  loadResult: ({ project, id }: ResultPlace): Promise<LoadedResult> => loadResult(project, id),

  importArchive: (job: {
    archive: string;
    into: string;
    defaults: DocumentDefaults;
    temporary: string;
  }): Promise<string> =>
    importArchive(job.archive, job.into, job.defaults, ARCHIVE_LIMITS, { temporary: job.temporary }),

  /** A layout, a picture with a request in it, or the word for what else it is. */
  droppedFile: ({
    path,
    name,
    defaults,
    image,
  }: NamedFile & { defaults: DocumentDefaults; image: string | null }): Promise<DroppedFile> =>
    readDroppedFile(path, name, defaults, image),

  /** A PNG as a source picture. */
  sourcePicture: async ({ path, name }: NamedFile): Promise<SourcePng> =>
    sourcePng(await readLimitedBytes(path, MAX_PICTURE_BYTES), name),

  /** The source picture that a PNG made here carries beside its request; null when it carries none. */
  sourceInside: async ({ path, name }: NamedFile): Promise<SourcePng | null> => {
    const bytes = await readLimitedBytes(path, MAX_PICTURE_BYTES);
    const image = readEmbeddedRequest(bytes, name).request.source?.image;
    const embedded = image === undefined ? null : readEmbeddedSource(bytes, image);
    if (image === undefined || embedded === null) return null;
    const picture = sourcePng(embedded, `The source picture in ${name}`);
    // Its very bytes are what the request names; in memory of their own, as the whole file would go with a part of it.
    return { ...picture, image, png: new Uint8Array(embedded) };
  },

  exportResults: async (job: ExportJob): Promise<string[]> =>
    // Formats that are seldom asked for are loaded when they are.
    (await import('../projects/exports/exportResults.ts')).exportResults(job),

  describeModel: ({ source }: { source: ModelSource }): Promise<ModelDescription> => describeModel(source),

  /** What messages and the library call an adapter's file, once it was found to be one. */
  adapterFile: async ({ path }: { path: string }): Promise<string> => (await openGligenAdapter(path)).source,

  /** A LoRA that fits a model: its file, links resolved. */
  loraFile: async ({ path, model }: { path: string; model: ModelSource }): Promise<string> =>
    (await openLora(path, await openModel(model))).file,
};

export type ReaderTasks = typeof readerTasks;
