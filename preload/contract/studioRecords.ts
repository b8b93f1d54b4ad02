import { z } from 'zod';
import { stages } from './engine.ts';
import {
  openProjectSchema,
  recentProjectSchema,
  resultIdSchema,
  resultSummarySchema,
  unclosedProjectSchema,
} from './project.ts';
import { requestSchema } from './request.ts';
import { pictureHashSchema } from './source.ts';
import { resultSchema, stepLossSchema } from './result.ts';

/** The things that calls and events of the studio (studio.ts) are made of. */

/** An open project: its handle is made anew each time it opens, so two copies of one folder never share it. */
export const projectHandleSchema = z.uuid();
export type ProjectHandle = z.infer<typeof projectHandleSchema>;

export const jobIdSchema = z.string().min(1).max(64);

/** A picture or file, as an address relative to the page: `/files/...`. Nothing else is accepted. */
export const hrefSchema = z
  .string()
  .max(1000)
  .regex(/^\/(files|downloads)\/[A-Za-z0-9._~%/-]+$/, 'must be an address of this studio');

/** A file that was sent with POST /uploads; it serves one call. */
export const uploadIdSchema = z.uuid();

/** An image of a COCO file, with the number of annotations that have a box. */
export const cocoImageSchema = z.strictObject({ id: z.string(), name: z.string(), boxes: z.int() });
export type CocoImage = z.infer<typeof cocoImageSchema>;

/** Annotations of a COCO image that make no box of a layout, by why; `over`: a document had no room for more. */
export const leftOutSchema = z.strictObject({
  crowds: z.int(),
  withoutBox: z.int(),
  outside: z.int(),
  over: z.int(),
});
export type LeftOut = z.infer<typeof leftOutSchema>;

/** A line of the history. */
export const historyEntrySchema = resultSummarySchema
  .omit({ thumbnail: true })
  .extend({ image: hrefSchema.nullable(), thumbnail: hrefSchema.nullable() });
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** What the renderer gets when a project opens. */
export const openedProjectSchema = openProjectSchema
  .omit({ results: true })
  .extend({ handle: projectHandleSchema, results: z.array(historyEntrySchema) });
export type OpenedProject = z.infer<typeof openedProjectSchema>;

/** A result with the addresses of its pictures; null where a file is missing. */
export const resultViewSchema = z.strictObject({
  id: resultIdSchema,
  result: resultSchema,
  image: hrefSchema.nullable(),
  /** One per box of the request, in its order: 8-bit grey PNGs at image size. */
  masks: z.array(hrefSchema.nullable()),
  /** JSON of `traceSchema` (project.ts): the steps for the scrubber. */
  trace: hrefSchema.nullable(),
  /** Files whose bytes are not those that were written; what of them can be read is shown all the same. */
  changed: z.array(z.string()),
});
export type ResultView = z.infer<typeof resultViewSchema>;

/** A source picture that a project keeps. */
export const sourceViewSchema = z.strictObject({
  image: pictureHashSchema,
  width: z.int(),
  height: z.int(),
  href: hrefSchema,
});
export type SourceView = z.infer<typeof sourceViewSchema>;

/** A job in the queue; the running one has stage and step. */
export const jobSchema = z.strictObject({
  id: jobIdSchema,
  project: projectHandleSchema,
  request: requestSchema,
  baselineOf: resultIdSchema.nullable(),
  state: z.enum(['waiting', 'running', 'cancelling']),
  stage: z.enum(stages).nullable(),
  /** Denoising steps done and in all; null before the first. */
  step: z.strictObject({ done: z.int().min(0), of: z.int().min(1) }).nullable(),
  /** Milliseconds since the job began to run; null while it waits. */
  runningMs: z.number().min(0).nullable(),
});
export type Job = z.infer<typeof jobSchema>;

/** What happens to the queue. Each event carries what has changed, however many jobs wait; clients keep the rest. */
export const queueChangeSchema = z.discriminatedUnion('type', [
  /** They wait behind all others. */
  z.strictObject({ type: z.literal('added'), jobs: z.array(jobSchema).min(1) }),
  /** It began to run, reached another stage, or is being cancelled. */
  z.strictObject({
    type: z.literal('changed'),
    job: jobIdSchema,
    ...jobSchema.pick({ state: true, stage: true, runningMs: true }).shape,
  }),
  /** To a place among those that wait; 0 is next. */
  z.strictObject({ type: z.literal('moved'), job: jobIdSchema, index: z.int().min(0) }),
  /** It is not in the queue any more; `job` events tell how it ended. */
  z.strictObject({ type: z.literal('ended'), job: jobIdSchema }),
]);
export type QueueChange = z.infer<typeof queueChangeSchema>;

/** One denoising step of the running job. Pictures are data of a few KB: base64 PNG. */
export const jobStepSchema = z.strictObject({
  step: z.int(),
  steps: z.int(),
  loss: stepLossSchema.nullable(),
  /** The emerging picture; null when previews are off or would hold up the job. */
  preview: z.string().nullable(),
  /** Instance masks of this step in the order of the boxes, PNGs of 0 and 255, disjoint. */
  masks: z.array(z.string()),
});

export const languages = ['system', 'en', 'ko'] as const;
export const themes = ['system', 'light', 'dark'] as const;

/** What the canvas shows of a result. */
export const showModes = ['layout', 'image', 'masks', 'overlay', 'cutouts'] as const;
export type ShowMode = (typeof showModes)[number];

/** What the user chose for the program itself. */
export const preferencesSchema = z.strictObject({
  language: z.enum(languages),
  theme: z.enum(themes),
  /** The three-step hint of the first start was seen. */
  hintSeen: z.boolean(),
  /** The view that was chosen last. */
  view: z.enum(showModes),
});
export type Preferences = z.infer<typeof preferencesSchema>;

export const appInfoSchema = z.strictObject({
  version: z.string(),
  versions: z.record(z.string(), z.string()),
  /** `electron`: native dialogs, menu and clipboard. `web`: the page asks for names and uploads files instead. */
  shell: z.enum(['electron', 'web']),
  platform: z.string(),
  /** BCP 47, of the system the studio runs on; empty in web mode, where the browser knows. */
  locale: z.string(),
  /** This is the first time that the studio runs for this user. */
  firstStart: z.boolean(),
  preferences: preferencesSchema,
  /** Where projects go that are saved by name. */
  projectsFolder: z.string(),
  /** For a new document. Null when there is no model. */
  defaultModel: z.string().nullable(),
});
export type AppInfo = z.infer<typeof appInfoSchema>;

/** What can be opened. */
export const projectListSchema = z.strictObject({
  recent: z.array(recentProjectSchema),
  /** Names in the projects folder, whether opened before or not. */
  folder: z.array(recentProjectSchema.pick({ path: true, name: true })),
  /** Open when the program died: offer them. */
  unclosed: z.array(unclosedProjectSchema),
});
export type ProjectList = z.infer<typeof projectListSchema>;

/** Where an export went: to files (Electron), or to an address from which the browser downloads it. */
export const deliverySchema = z.discriminatedUnion('to', [
  z.strictObject({ to: z.literal('disk'), paths: z.array(z.string()) }),
  z.strictObject({ to: z.literal('download'), href: hrefSchema, name: z.string() }),
]);
export type Delivery = z.infer<typeof deliverySchema>;
