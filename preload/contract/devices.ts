import { z } from 'zod';
import { attentionSlicesSchema } from './attentionSlices.ts';
import { precisionSchema } from './precision.ts';
import { devices } from './request.ts';
import { vaeTileSchema } from './vaeTile.ts';

export const deviceNameSchema = z.enum(devices).exclude(['auto']);
export type DeviceName = z.infer<typeof deviceNameSchema>;

/** How a device is used. */
export const deviceSettingsSchema = z.strictObject({
  /** The VAE works on larger pictures in tiles of this side: less memory, faint seams. Null: in one piece. */
  vaeTile: vaeTileSchema.nullable(),
  /** Large attention layers work in so many parts: less memory, more time. Null: in one. */
  attentionSlices: attentionSlicesSchema.nullable().default(null),
  /** What predictions are computed in; float16 only where the device can. */
  precision: precisionSchema.default('float32'),
  /** The model stays loaded for the next job; otherwise the engine's process ends with the queue. */
  keepLoaded: z.boolean(),
});
export type DeviceSettings = z.infer<typeof deviceSettingsSchema>;

export const deviceSchema = z.strictObject({
  device: deviceNameSchema,
  works: z.boolean(),
  /** Why it does not, with a way out; empty when it works. */
  reason: z.string(),
  /** Whether it computes in float16. */
  float16: z.boolean().optional(),
  settings: deviceSettingsSchema,
});
export type DeviceInfo = z.infer<typeof deviceSchema>;
