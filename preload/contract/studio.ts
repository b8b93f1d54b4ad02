import { z } from 'zod';
import { deviceNameSchema, deviceSchema, deviceSettingsSchema } from './devices.ts';
import { comparedPhraseSchema, MAX_COMPARED, stages } from './engine.ts';
import { estimateSchema } from './measured.ts';
import {
  addModelSchema,
  downloadSchema,
  hubPlanSchema,
  hubSettingsChangeSchema,
  hubSettingsSchema,
  MAX_HUB_FILES,
  modelFactsSchema,
  modelSchema,
  verificationSchema,
} from './models.ts';
import { nativeMenuSchema } from './nativeMenu.ts';
import { documentSchema, embeddedRequestSchema, resultIdSchema, saveStateSchema } from './project.ts';
import { devices, requestSchema } from './request.ts';
import { sentenceSchema } from './sentences.ts';
import {
  appInfoSchema,
  cocoImageSchema,
  deliverySchema,
  historyEntrySchema,
  hrefSchema,
  jobIdSchema,
  jobSchema,
  jobStepSchema,
  leftOutSchema,
  openedProjectSchema,
  preferencesSchema,
  projectHandleSchema,
  projectListSchema,
  queueChangeSchema,
  resultViewSchema,
  sourceViewSchema,
  uploadIdSchema,
} from './studioRecords.ts';

/**
 * Every call and every event between the renderer and the main process, with the schema of what goes in and what comes
 * out. Electron's bridge (preload/index.ts) and the web mode's socket carry the same; both ends validate what arrives.
 */

/** `png` carries its whole request. `masks` and `coco-*` make several files, the others one. */
export const exportKinds = [
  'png',
  'masks',
  'coco-rle',
  'coco-polygons',
  'svg',
  'psd',
  'contact-sheet-png',
  'contact-sheet-svg',
] as const;

const none = z.strictObject({});
const nothing = z.null();
const project = projectHandleSchema;
const inProject = z.strictObject({ project });
const ofResult = z.strictObject({ project, result: resultIdSchema });
const path = z.string().min(1).max(4096);
const ofModel = z.strictObject({ id: z.string().min(1).max(4096) });
const ofDownload = z.strictObject({ download: z.uuid() });
const projectName = z.string().trim().min(1).max(60);
/** What the other end is shown of a project's place. */
const place = z.strictObject({ path, name: z.string(), untitled: z.boolean() });

/**
 * What was in want when a job failed. memory: there was not enough. killed: the system ended the process, most likely for
 * want of memory. deviceLost: a driver was reset or gave up. other: none of these.
 */
export const failureCauses = ['memory', 'killed', 'deviceLost', 'other'] as const;
export type FailureCause = (typeof failureCauses)[number];

/** The most requests of one `jobs.enqueue`: a grid of variations. */
export const MAX_ENQUEUE = 64;

/** The most jobs in the queue, of all projects together. */
export const MAX_QUEUED = 2000;

export const studioCalls = {
  'app.info': { args: none, result: appInfoSchema },
  /** Electron: the page's menus for the system's menu bar, told again whenever they change. */
  'app.setMenu': { args: z.strictObject({ menus: nativeMenuSchema }), result: nothing },
  'app.setPreferences': { args: preferencesSchema.partial(), result: preferencesSchema },

  'projects.list': { args: none, result: projectListSchema },
  /** Takes a project off the lists of recent and unclosed ones; its files stay. */
  'projects.forget': { args: z.strictObject({ path }), result: nothing },

  /** A new project in the program's own folder, saved from the first change on. */
  'project.create': { args: none, result: openedProjectSchema },
  /** The project of the first start: the boxes of a shipped layout, ready to run. */
  'project.openExample': { args: none, result: openedProjectSchema },
  /** One that `projects.list` names, or the file system handed to the program. `force`: although it is open elsewhere. */
  'project.open': {
    args: z.strictObject({ path, force: z.boolean().default(false) }),
    result: openedProjectSchema,
  },
  /** Electron: the system's dialog; null when it was left. */
  'project.openDialog': { args: none, result: openedProjectSchema.nullable() },
  /** The same again, for a page that was reloaded or lost its connection. */
  'project.view': { args: inProject, result: openedProjectSchema },
  /** The document changed. It is on the disk within a second; `save` events tell. */
  'project.save': { args: z.strictObject({ project, document: documentSchema }), result: nothing },
  /** Resolves when everything is on the disk. */
  'project.flush': { args: inProject, result: nothing },
  'project.rename': { args: z.strictObject({ project, name: projectName }), result: place },
  /**
   * Goes on in another folder; an untitled project moves. With a name: in the projects folder. Without: the system's
   * dialog (Electron), null when it was left.
   */
  'project.saveAs': {
    args: z.strictObject({ project, name: projectName.optional(), overwrite: z.boolean().default(false) }),
    result: place.nullable(),
  },
  /** Cancels its jobs, saves and lets go. `discard`: an untitled project is removed, another one is not saved again. */
  'project.close': {
    args: z.strictObject({ project, discard: z.boolean().default(false) }),
    result: nothing,
  },
  /** One `.isac.zip`; null when the dialog was left. */
  'project.exportZip': { args: inProject, result: deliverySchema.nullable() },
  /** An uploaded `.isac.zip`, or without one the system's dialog (Electron). */
  'project.importZip': {
    args: z.strictObject({ upload: uploadIdSchema.optional() }),
    result: openedProjectSchema.nullable(),
  },
  /** Copies an uploaded picture into the project; `file` is what `document.backdrop.file` is to be. */
  'project.addBackdrop': {
    args: z.strictObject({ project, upload: uploadIdSchema }),
    result: z.strictObject({ file: z.string(), href: hrefSchema }),
  },

  'results.read': { args: ofResult, result: resultViewSchema },
  /** The layout and settings that a result was made from, as a document. */
  'results.document': { args: ofResult, result: documentSchema },
  'results.pin': { args: ofResult.extend({ pinned: z.boolean() }), result: nothing },
  /** To the project's trash; `results.restore` brings it back. */
  'results.remove': { args: ofResult, result: nothing },
  'results.restore': { args: ofResult, result: historyEntrySchema },

  /** Keeps a result's picture as one that runs can begin with. */
  'sources.ofResult': { args: ofResult, result: sourceViewSchema },
  /** Keeps the source picture that an uploaded PNG made here holds; null when it holds none. */
  'sources.ofUpload': {
    args: z.strictObject({ project, upload: uploadIdSchema }),
    result: sourceViewSchema.nullable(),
  },

  /** Keeps the pixels of any uploaded PNG of an allowed size as a picture that runs can begin with. */
  'sources.ofPicture': {
    args: z.strictObject({ project, upload: uploadIdSchema }),
    result: sourceViewSchema,
  },

  'jobs.list': { args: none, result: z.array(jobSchema) },
  /** Frozen copies of the requests go to the end of the queue; answers with their ids. */
  'jobs.enqueue': {
    args: z.strictObject({
      project,
      requests: z.array(requestSchema).min(1).max(MAX_ENQUEUE),
      /** The result that these are the run without ISAC of. */
      baselineOf: resultIdSchema.nullable().default(null),
      preview: z.boolean().default(true),
    }),
    result: z.array(jobIdSchema),
  },
  'jobs.cancel': { args: z.strictObject({ job: jobIdSchema }), result: nothing },
  'jobs.cancelAll': { args: none, result: nothing },
  /** Moves a waiting job to a place among those that wait; 0 is next. */
  'jobs.move': { args: z.strictObject({ job: jobIdSchema, index: z.int().min(0) }), result: nothing },

  'models.list': { args: none, result: z.array(modelSchema) },
  /** Files with their hashes, and the tensors that are missing. */
  'models.facts': { args: ofModel, result: modelFactsSchema },
  /** Takes it into the library where it lies. A broken one is refused with what was expected and found. */
  'models.add': { args: addModelSchema, result: modelSchema },
  /** Electron: the system's dialog for a folder or a file of weights; null when it was left. */
  'models.choosePath': {
    args: z.strictObject({ what: z.enum(['folder', 'weights']) }),
    result: path.nullable(),
  },
  /** Takes it off the list. Files stay, unless the library downloaded them and `deleteFiles` asks for their end. */
  'models.remove': {
    args: ofModel.extend({ deleteFiles: z.boolean().default(false) }),
    result: z.strictObject({ deleted: z.string().nullable() }),
  },
  /** Hashes every file anew; `verification` events tell how it goes. */
  'models.verify': { args: ofModel, result: nothing },
  'models.cancelVerify': { args: ofModel, result: nothing },

  /** Asks the hub what a repository holds. This, `hub.start` and `hub.resume` alone reach out to the network. */
  'hub.look': {
    args: z.strictObject({
      repository: z.string().trim().min(1).max(200),
      revision: z.string().trim().min(1).max(200).optional(),
    }),
    result: hubPlanSchema,
  },
  /** Begins to download: the plan's proposal, or these of its files. `downloads` events tell how it goes. */
  'hub.start': {
    args: z.strictObject({
      plan: z.uuid(),
      files: z.array(z.string().max(500)).min(1).max(MAX_HUB_FILES).optional(),
    }),
    result: downloadSchema,
  },
  'hub.downloads': { args: none, result: z.array(downloadSchema) },
  'hub.pause': { args: ofDownload, result: nothing },
  'hub.resume': { args: ofDownload, result: nothing },
  /** Ends it and deletes what came, unless a model of the library uses it. A finished one only leaves the list. */
  'hub.cancel': { args: ofDownload, result: nothing },
  'hub.settings': { args: none, result: hubSettingsSchema },
  'hub.setSettings': { args: hubSettingsChangeSchema, result: hubSettingsSchema },

  /** Whether a LoRA file fits a model; answers with its full path. Refused with what was expected and found. */
  'loras.check': {
    args: z.strictObject({ file: path, model: z.string().min(1).max(4096) }),
    result: z.strictObject({ file: path }),
  },

  /** What was found last time; probes when nothing is known yet. */
  'devices.list': { args: none, result: z.array(deviceSchema) },
  'devices.probe': { args: none, result: z.array(deviceSchema) },
  /** How a device is used, from the next job on. */
  'devices.configure': {
    args: z.strictObject({ device: deviceNameSchema, settings: deviceSettingsSchema }),
    result: z.array(deviceSchema),
  },

  /** What a run will cost by earlier runs on this machine; null until one like it was measured. */
  'runs.estimate': {
    args: z.strictObject({ request: requestSchema, preview: z.boolean().default(true) }),
    result: estimateSchema.nullable(),
  },

  /**
   * Cosines between phrases, [i][j], of a model's pooled text states; null while the engine has something else to do, or
   * cannot. Asking never holds up a job.
   */
  'phrases.compare': {
    args: z.strictObject({
      model: z.string().min(1).max(4096),
      device: z.enum(devices),
      phrases: z.array(comparedPhraseSchema).min(2).max(MAX_COMPARED),
    }),
    result: z.array(z.array(z.number().min(-1).max(1))).nullable(),
  },

  /** Electron asks where to; null when that was left. */
  'exports.run': {
    args: z.strictObject({
      project,
      kind: z.enum(exportKinds),
      results: z.array(resultIdSchema).min(1).max(1000),
    }),
    result: deliverySchema.nullable(),
  },
  /**
   * An uploaded PNG made here, layout file or COCO annotations, as a document; another picture is a backdrop to be.
   * A COCO file with several images gives their list; `image` then names one by its id. Nothing is changed by this call,
   * and an upload can be given to it or, a picture's, to `project.addBackdrop` again.
   */
  'imports.read': {
    args: z.strictObject({
      upload: uploadIdSchema,
      image: z.string().max(1000).optional(),
      /** The model that the document is for, whose sizes it keeps to; by default the first. */
      model: z.string().max(4096).optional(),
    }),
    result: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('png'), document: documentSchema, embedded: embeddedRequestSchema }),
      z.strictObject({
        kind: z.literal('layout'),
        document: documentSchema,
        leftOut: leftOutSchema.nullable(),
      }),
      z.strictObject({ kind: z.literal('coco'), images: z.array(cocoImageSchema) }),
      z.strictObject({ kind: z.literal('picture') }),
      z.strictObject({ kind: z.literal('archive') }),
    ]),
  },
  /** Electron: copies a result's image to the system's clipboard. A browser does that itself. */
  'clipboard.copyImage': { args: ofResult, result: nothing },
  /** Electron: shows a result's folder in the system's file manager. */
  'results.reveal': { args: ofResult, result: nothing },
} as const;

const job = jobIdSchema;

export const studioEvents = {
  /** A job, from the queue to its end. `done` comes after its result is in the project and on the disk. */
  job: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('queued'), job, project }),
    z.strictObject({ type: z.literal('stage'), job, project, stage: z.enum(stages) }),
    z.strictObject({ type: z.literal('step'), job, project, ...jobStepSchema.shape }),
    z.strictObject({ type: z.literal('done'), job, project, entry: historyEntrySchema }),
    z.strictObject({
      type: z.literal('failed'),
      job,
      project,
      /** user: the request is at fault. engine: its process. project: the result could not be written. */
      fault: z.enum(['user', 'engine', 'project']),
      cause: z.enum(failureCauses),
      message: z.string(),
      sentence: sentenceSchema.optional(),
    }),
    z.strictObject({ type: z.literal('cancelled'), job, project }),
  ]),
  /** What has changed in the queue, in order; what changes at once comes at once. `jobs.list` tells the whole queue. */
  queue: z.strictObject({ changes: z.array(queueChangeSchema).min(1) }),
  /** How the last autosave went. */
  save: z.strictObject({ project, save: saveStateSchema }),
  /** The project now belongs to another window (`force`), or the program closed it. */
  closed: z.strictObject({ project, message: z.string() }),
  /**
   * The engine's process: `crashed` comes beside the failure of the job it ran; the next job gets a fresh one. `silent`:
   * it runs a job and gives no sign of life; `jobs.cancel` ends it at once. `running` when it is heard again.
   */
  engine: z.strictObject({
    state: z.enum(['idle', 'running', 'silent', 'crashed']),
    message: z.string(),
  }),
  /** Every download after a change, at most a few times a second. */
  downloads: z.strictObject({ downloads: z.array(downloadSchema) }),
  /** How the hashing of a model's files goes. */
  verification: verificationSchema,
  /** A command (its id in the renderer's registry) chosen in the native menu. */
  command: z.strictObject({ id: z.string().max(100) }),
  /** The system asks to open this project (double click, second start). */
  openRequest: z.strictObject({ path }),
  /** The program ends (Electron): answer by `project.save` of what is unsaved; it closes projects itself. */
  quitting: z.strictObject({}),
} as const;

export type CallName = keyof typeof studioCalls;
export type CallArgs<N extends CallName> = z.input<(typeof studioCalls)[N]['args']>;
/** The arguments after defaults, as the main process gets them. */
export type ParsedArgs<N extends CallName> = z.output<(typeof studioCalls)[N]['args']>;
export type CallResult<N extends CallName> = z.output<(typeof studioCalls)[N]['result']>;

export type EventName = keyof typeof studioEvents;
export type EventPayload<E extends EventName> = z.output<(typeof studioEvents)[E]>;

export function isCallName(name: string): name is CallName {
  return Object.hasOwn(studioCalls, name);
}

export function isEventName(name: string): name is EventName {
  return Object.hasOwn(studioEvents, name);
}

/**
 * user: the message is a sentence for the user. locked: the project is open in another program, otherWindow: in another
 * window of this one; the same with `force` opens it here. unsupported: this shell cannot. disconnected: the other end is gone. internal: a bug.
 */
export const errorCodes = [
  'user',
  'locked',
  'otherWindow',
  'unsupported',
  'disconnected',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** Whether the other end is there; in Electron always `connected`. */
export type ConnectionState = 'connected' | 'reconnecting' | 'refused';

/** The studio as the renderer sees it: `window.studio` in Electron, a socket in the browser. */
export interface StudioApi {
  /** @throws StudioError with a sentence and a code */
  call<N extends CallName>(name: N, args: CallArgs<N>): Promise<CallResult<N>>;
  /** Returns a function that ends this. */
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void;
  /** Sends a file for one of the calls that take an upload. */
  upload(file: Blob, name: string): Promise<string>;
  readonly connection: ConnectionState;
  onConnection(listener: (state: ConnectionState) => void): () => void;
}
