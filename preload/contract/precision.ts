import { z } from 'zod';

export const precisions = ['float32', 'float16'] as const;

/** What the UNet's predictions are computed in. ISAC's gradient, the sampler and the VAE take float32 in any case. */
export const precisionSchema = z.enum(precisions);
export type Precision = z.infer<typeof precisionSchema>;
