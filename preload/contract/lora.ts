import { z } from 'zod';

/** LoRAs of one request; each adds a branch to every layer that it changes. */
export const MAX_LORAS = 8;

/** Weights beyond this burn the picture; a slider ends here too. */
export const MAX_LORA_WEIGHT = 2;

/** A LoRA file and how strongly it is applied. */
export const loraSchema = z.strictObject({
  /** Path of a safetensors file on the machine that runs the engine. */
  file: z.string().min(1).max(4096),
  /** What its branches are multiplied by, on top of their own alpha / rank; 0 leaves it out. */
  weight: z.number().min(-MAX_LORA_WEIGHT).max(MAX_LORA_WEIGHT).default(1),
  /** Of the file. Results state it; a request that has it is refused when the file has changed since. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')
    .optional(),
});

export type LoraChoice = z.infer<typeof loraSchema>;
