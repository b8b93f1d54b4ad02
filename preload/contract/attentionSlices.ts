import { z } from 'zod';

/** Parts that the queries of large attention layers are taken in; 1: all at once. */
export const attentionSlicesSchema = z.int().min(1).max(64);

/** Numbers that are offered. */
export const attentionSlices = [2, 4, 8] as const;
