import { z } from 'zod';

/** Side of a tile in latents; the VAE's tiles overlap by a quarter of it. */
export const vaeTileSchema = z.int().min(16).max(256).multipleOf(4);

/** Sides that are offered; diffusers uses 64 for 512 px. */
export const vaeTiles = [64, 32, 16] as const;
