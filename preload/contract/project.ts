import { z } from 'zod';
import { boxSchema } from './layout.ts';
import { requestFields, requestSchema } from './request.ts';
import { resultSchema, stepLossSchema } from './result.ts';
import { sentenceSchema } from './sentences.ts';

/** Version of project.json that this program writes; main/projects/migrations.ts brings older ones up to it. */
export const PROJECT_VERSION = 1;

/** Boxes a document may hold: far more than one request can, since hidden boxes count too. */
export const MAX_DOCUMENT_BOXES = 1000;

const side = z.int().min(64).max(2048).multipleOf(8);
const id = z.string().min(1).max(64);

/** A box on the canvas. Its phrase may still be empty; a request cannot be made of it then. */
export const documentBoxSchema = z.strictObject({
  id,
  phrase: z.string().max(200),
  box: boxSchema,
  /** Index into the palette of box colours; the palette wraps around. */
  colour: z.int().min(0).max(65535),
  /** Cannot be selected or changed on the canvas. */
  locked: z.boolean(),
  /** Neither shown nor part of the request. */
  hidden: z.boolean(),
});

export type DocumentBox = z.infer<typeof documentBoxSchema>;

/** The generation settings: the request without its layout. */
export const settingsSchema = requestFields.omit({
  version: true,
  width: true,
  height: true,
  caption: true,
  negative: true,
  boxes: true,
  instances: true,
  bind: true,
  // The device's own settings say it, and a queued request holds what they said.
  vaeTile: true,
  attentionSlices: true,
  precision: true,
});

export type Settings = z.infer<typeof settingsSchema>;

/** What happens to the seed before a run: it stays, is drawn anew, or goes up by one. */
export const seedModes = ['locked', 'random', 'next'] as const;
export type SeedMode = (typeof seedModes)[number];

/** A picture under the canvas; `file` is relative to the project folder (backdrops/<name>). */
export const backdropSchema = z.strictObject({
  file: z
    .string()
    .max(260)
    .regex(/^backdrops\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'must name a file in backdrops/'),
  opacity: z.number().min(0).max(1),
});

/** Everything the editor holds and undoes; boxes lie from the bottom to the top. */
export const documentSchema = z
  .strictObject({
    width: side,
    height: side,
    boxes: z.array(documentBoxSchema).max(MAX_DOCUMENT_BOXES),
    /** Pairs of box ids that ISAC does not push apart. */
    bind: z.array(z.tuple([id, id])),
    /** `edited` keeps the text as the user wrote it; otherwise it is made from the boxes. */
    caption: z.strictObject({ text: z.string().max(2000), edited: z.boolean() }),
    negative: z.string().max(2000),
    settings: settingsSchema,
    seedMode: z.enum(seedModes),
    backdrop: backdropSchema.nullable(),
  })
  .superRefine((document, context) => {
    const ids = new Set<string>();
    document.boxes.forEach((box, index) => {
      if (ids.has(box.id)) {
        context.addIssue({
          code: 'custom',
          path: ['boxes', index, 'id'],
          message: `"${box.id}" is used twice`,
        });
      }
      ids.add(box.id);
    });
    document.bind.forEach(([a, b], index) => {
      const stranger = [a, b].find((name) => !ids.has(name));
      if (stranger !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['bind', index],
          message: `"${stranger}" is not the id of a box`,
        });
      } else if (a === b) {
        context.addIssue({ code: 'custom', path: ['bind', index], message: 'names the same box twice' });
      }
    });
  });

export type ProjectDocument = z.infer<typeof documentSchema>;

/** Names of result folders: made by the program, safe as a path segment everywhere. */
export const resultIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be a result id');

/** project.json. */
export const projectFileSchema = z.strictObject({
  format: z.literal('isac-project'),
  version: z.literal(PROJECT_VERSION),
  id: z.uuid(),
  /** ISO 8601 times. */
  created: z.iso.datetime(),
  modified: z.iso.datetime(),
  /** The program that wrote it. */
  writtenBy: z.string().max(100),
  document: documentSchema,
  /** Ids in results/, oldest first; an id without its folder is reported when the project opens. */
  results: z.array(resultIdSchema),
});

export type ProjectFile = z.infer<typeof projectFileSchema>;

/** results/<id>/entry.json: what the project knows about a result beside the engine's result.json. */
export const resultEntrySchema = z.strictObject({
  version: z.literal(1),
  id: resultIdSchema,
  created: z.iso.datetime(),
  pinned: z.boolean(),
  /** The result that this one is the run without ISAC of; null for ordinary results. */
  baselineOf: resultIdSchema.nullable(),
  /** Files of the result, relative to its folder, with their size in bytes and SHA-256. */
  files: z.record(z.string(), z.strictObject({ bytes: z.int().min(0), sha256: z.string() })),
});

export type ResultEntry = z.infer<typeof resultEntrySchema>;

/** One step as the engine reported it, kept for the scrubber: base64 PNGs, masks at latent size. */
export const traceStepSchema = z.strictObject({
  step: z.int().min(0),
  loss: stepLossSchema.nullable(),
  preview: z.string().nullable(),
  masks: z.array(z.string()),
});

export type TraceStep = z.infer<typeof traceStepSchema>;

/** results/<id>/trace.json. */
export const traceSchema = z.strictObject({ version: z.literal(1), steps: z.array(traceStepSchema) });

export type Trace = z.infer<typeof traceSchema>;

/** A line of the history. */
export const resultSummarySchema = z.strictObject({
  id: resultIdSchema,
  created: z.iso.datetime(),
  pinned: z.boolean(),
  baselineOf: resultIdSchema.nullable(),
  request: requestSchema,
  /** The file that shows it small: its thumbnail or, where that is lost, the image itself; null when both are. */
  thumbnail: z.string().nullable(),
  /** Files of the result that are gone or changed. */
  missing: z.array(z.string()),
});

export type ResultSummary = z.infer<typeof resultSummarySchema>;

/** A whole result as the run view shows it; base64 PNGs, null where a file is missing. */
export const loadedResultSchema = z.strictObject({
  id: resultIdSchema,
  result: resultSchema,
  image: z.string().nullable(),
  /** One per box of the request, in its order. */
  masks: z.array(z.string().nullable()),
  trace: traceSchema.nullable(),
});

export type LoadedResult = z.infer<typeof loadedResultSchema>;

/** Something about a project that could not be read, in one sentence, and the file it is about. */
export const damageSchema = z.strictObject({ file: z.string(), message: z.string() });

export type Damage = z.infer<typeof damageSchema>;

/** What the renderer gets when a project opens. */
export const openProjectSchema = z.strictObject({
  id: z.uuid(),
  path: z.string(),
  /** The folder's name without `.isac`. */
  name: z.string(),
  /** Not yet given a place by the user; lives in the program's own folder. */
  untitled: z.boolean(),
  readOnly: z.boolean(),
  /** The program did not close it last time (a crash or a power cut). */
  recovered: z.boolean(),
  document: documentSchema,
  results: z.array(resultSummarySchema),
  damage: z.array(damageSchema),
});

export type OpenProject = z.infer<typeof openProjectSchema>;

/** How the last autosave went. */
export const saveStateSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('pending') }),
  z.strictObject({ state: z.literal('saved'), at: z.iso.datetime() }),
  z.strictObject({
    state: z.literal('failed'),
    message: z.string(),
    sentence: sentenceSchema.optional(),
  }),
]);

export type SaveState = z.infer<typeof saveStateSchema>;

/** A line of the list of recent projects. */
export const recentProjectSchema = z.strictObject({
  path: z.string().max(4096),
  name: z.string().max(255),
  opened: z.iso.datetime(),
});

export type RecentProject = z.infer<typeof recentProjectSchema>;

/** A project that was open when the program died, as offered at the next start. */
export const unclosedProjectSchema = z.strictObject({
  path: z.string(),
  name: z.string(),
  modified: z.iso.datetime().nullable(),
  boxes: z.int(),
  results: z.int(),
});

export type UnclosedProject = z.infer<typeof unclosedProjectSchema>;

/** What a PNG made here carries in its `isac-studio` text chunk: all that is needed to make it again. */
export const embeddedRequestSchema = z.strictObject({
  version: z.literal(1),
  request: requestSchema,
  /** Which weights, device and versions made it; absent in a PNG that was made from a bare request. */
  madeBy: resultSchema.pick({ model: true, device: true, versions: true }).optional(),
});

export type EmbeddedRequest = z.infer<typeof embeddedRequestSchema>;
