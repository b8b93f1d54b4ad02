import { z } from 'zod';
import { sentenceSchema } from './sentences.ts';

/** The model library: its models, downloads from the hub, and how the hub is reached. */

const path = z.string().max(4096);
const bytes = z.int().min(0);
const shape = z.array(z.int()).max(16);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Embedded models came with the program and stay; added ones lie where the user has them. */
export const modelOrigins = ['embedded', 'added', 'downloaded'] as const;
export const modelKinds = ['folder', 'folder+adapter', 'checkpoint'] as const;

export const repositorySchema = z.strictObject({ name: z.string().max(200), revision: z.string().max(200) });

/** The words that a model was taught, where it was taught few enough to be listed. */
export const vocabularySchema = z.strictObject({
  things: z.array(z.string().min(1).max(100)).min(1).max(1000),
  colours: z.array(z.string().min(1).max(100)).max(1000),
});
export type ModelVocabulary = z.infer<typeof vocabularySchema>;

/** A line of the library. */
export const modelSchema = z.strictObject({
  id: z.string().min(1).max(4096),
  name: z.string(),
  origin: z.enum(modelOrigins),
  kind: z.enum(modelKinds),
  /** The folder, or the file of a checkpoint. */
  path,
  /** The file with GLIGEN's layers, when it is another one. */
  adapter: path.nullable(),
  /** "Stable Diffusion 1.x"; null when it could not be opened. */
  family: z.string().nullable(),
  grounding: z.enum(['text boxes', 'none']).nullable(),
  /** The size it was made for, in pixels. */
  width: z.int(),
  height: z.int(),
  /** Sides are multiples of so many pixels. */
  sizeMultiple: z.int().min(1),
  /** Of the stored weights: "float16", or "float16 + float32" where parts differ. */
  precision: z.string().nullable(),
  weightBytes: bytes,
  licence: z.string().nullable(),
  /** The hub's name and commit of a downloaded model. */
  repository: repositorySchema.nullable(),
  /** Null: anything may be asked of it. */
  vocabulary: vocabularySchema.nullable(),
  /** Why it cannot be used, with what was expected and found; null when it can. */
  problem: z.string().nullable(),
  /** Its files were downloaded by the library, which may delete them when asked to. */
  deletable: z.boolean(),
});
export type ModelInfo = z.infer<typeof modelSchema>;

/** Tensors named of one part; their number is told in full. */
export const MAX_NAMED_GAPS = 100;

/** How the weights of one part differ from what its config asks for. */
export const gapsSchema = z.strictObject({
  part: z.string(),
  missing: z.array(z.strictObject({ name: z.string(), expected: shape })).max(MAX_NAMED_GAPS),
  misshapen: z.array(z.strictObject({ name: z.string(), expected: shape, found: shape })).max(MAX_NAMED_GAPS),
  missingCount: bytes,
  misshapenCount: bytes,
});

/** How the hashing of a model's files goes. */
export const verificationSchema = z.strictObject({
  model: z.string().min(1).max(4096),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  /** The file that is read. */
  file: path,
  doneBytes: bytes,
  totalBytes: bytes,
  /** Why it failed. */
  message: z.string(),
});
export type Verification = z.infer<typeof verificationSchema>;

/** What is only shown when a model is looked at. */
export const modelFactsSchema = z.strictObject({
  id: z.string().min(1).max(4096),
  /** `sha256` is null where a file was not hashed since it changed. */
  files: z.array(z.strictObject({ path, bytes, sha256: sha256.nullable() })).max(1000),
  gaps: z.array(gapsSchema).max(20),
  /** The one that runs; null when none does. */
  verification: verificationSchema.nullable(),
});
export type ModelFacts = z.infer<typeof modelFactsSchema>;

/** A folder or checkpoint to be taken into the library, and perhaps an adapter to it. */
export const addModelSchema = z.strictObject({
  path: path.trim().min(1),
  adapter: path.trim().min(1).optional(),
  name: z.string().trim().min(1).max(200).optional(),
});

const repositoryCard = repositorySchema.extend({
  licence: z.string().nullable(),
  /** Its licence must be accepted on the hub's page first. */
  gated: z.boolean(),
});

export const MAX_HUB_FILES = 2000;

/** What a repository holds, and what of it would be downloaded: shown before anything is. */
export const hubPlanSchema = z.strictObject({
  plan: z.uuid(),
  repository: repositoryCard,
  folder: path,
  files: z
    .array(
      z.strictObject({
        path: z.string().max(500),
        bytes,
        /** Proposed: part of a whole model, half precision before full. */
        chosen: z.boolean(),
        /** Bytes of it that are on the disk already. */
        presentBytes: bytes,
      }),
    )
    .max(MAX_HUB_FILES),
  /** What was left out although it looked right, and why. */
  notes: z.array(z.string()),
  /** Why nothing is proposed; null when `chosen` files make a whole model. */
  problem: z.string().nullable(),
  freeBytes: bytes,
});
export type HubPlan = z.infer<typeof hubPlanSchema>;

export const downloadStates = ['running', 'paused', 'failed', 'done'] as const;

export const downloadSchema = z.strictObject({
  id: z.uuid(),
  repository: repositoryCard,
  folder: path,
  files: z.array(z.string().max(500)).max(MAX_HUB_FILES),
  state: z.enum(downloadStates),
  /** The file that is fetched or checked; empty when none is. */
  file: z.string().max(500),
  doneBytes: bytes,
  totalBytes: bytes,
  /** Of the last seconds; null while nothing is known. */
  bytesPerSecond: z.number().min(0).nullable(),
  /** Why it failed. */
  message: z.string(),
  sentence: sentenceSchema.optional(),
  /** The model that came of it; null for single files. */
  model: z.string().nullable(),
});
export type Download = z.infer<typeof downloadSchema>;

/** How the hub is reached. The token itself never leaves the main process. */
export const hubSettingsSchema = z.strictObject({
  /** A mirror's address; empty for the hub itself. */
  endpoint: z.string().max(2000),
  /** An HTTP proxy's address; empty for the environment's (HTTPS_PROXY). */
  proxy: z.string().max(2000),
  token: z.enum(['none', 'environment', 'saved']),
});
export type HubSettingsView = z.infer<typeof hubSettingsSchema>;

export const hubSettingsChangeSchema = z.strictObject({
  endpoint: z.string().trim().max(2000).optional(),
  proxy: z.string().trim().max(2000).optional(),
  /** Empty: the saved one is forgotten. */
  token: z.string().trim().max(500).optional(),
});
