import { z } from 'zod';
import { sentenceSchema } from './sentences.ts';
import { errorCodes, type ConnectionState } from './studio.ts';

/** What travels: the same objects over Electron's IPC and as JSON over the socket. */

/** A page of its own, so that a page that lost its connection is known again. */
export const clientIdSchema = z.uuid();

export const requestFrameSchema = z.strictObject({
  id: z.int().min(0),
  call: z.string().max(60),
  args: z.unknown(),
});
export type RequestFrame = z.infer<typeof requestFrameSchema>;

export const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({
    ok: z.literal(false),
    error: z.strictObject({
      code: z.enum(errorCodes),
      message: z.string(),
      sentence: sentenceSchema.optional(),
    }),
  }),
]);
export type Reply = z.infer<typeof replySchema>;

/** From the server over the socket: an answer or an event. */
export const serverFrameSchema = z.union([
  z.strictObject({ id: z.int().min(0), reply: replySchema }),
  z.strictObject({ event: z.string().max(60), payload: z.unknown() }),
]);
export type ServerFrame = z.infer<typeof serverFrameSchema>;

/** Electron's IPC channels; there are no others. */
export const CALL_CHANNEL = 'studio:call';
export const EVENT_CHANNEL = 'studio:event';

/** Carries calls and events; knows nothing of their contents. `window.studio` is one, the web client's socket another. */
export interface StudioTransport {
  /** Resolves with a `Reply`, unvalidated. Rejects when the other end cannot be reached. */
  invoke(call: string, args: unknown): Promise<unknown>;
  /** Every event, unvalidated. Returns a function that ends this. */
  listen(listener: (event: string, payload: unknown) => void): () => void;
  connection(listener: (state: ConnectionState) => void): () => void;
}

/** Path of the web mode's socket. */
export const SOCKET_PATH = '/socket';

/** Answers `true` or `false`: whether a page whose socket is refused is still let in. A browser does not tell it why. */
export const ACCESS_PATH = '/access';

/** Where files are sent to, and the answer. */
export const UPLOAD_PATH = '/uploads';
export const uploadReplySchema = z.union([
  z.strictObject({ upload: z.uuid() }),
  z.strictObject({ error: z.string() }),
]);
export const MAX_UPLOAD_BYTES = 4 * 2 ** 30;
