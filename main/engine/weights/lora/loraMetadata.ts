import { z } from 'zod';
import { parseBoundedJson } from '../../../files/boundedJson.ts';
import { BOUNDS } from '../../../files/bounds.ts';
import type { LoraPart } from './lora.ts';

/** diffusers writes peft's settings here since 0.34 (loaders/lora_base.py, LORA_ADAPTER_METADATA_KEY). */
const KEY = 'lora_adapter_metadata';

const numbers = z.record(z.string(), z.number()).catch({});
const settingsSchema = z.object({
  lora_alpha: z.number().optional().catch(undefined),
  alpha_pattern: numbers.default({}),
  use_rslora: z.boolean().catch(false).default(false),
});

type Settings = z.output<typeof settingsSchema>;

/** What a file's metadata says of the scale of its branches. */
export type ScaleOf = (part: LoraPart, layer: string, rank: number) => number;

/**
 * peft's scale of a layer, alpha / rank, or alpha / sqrt(rank) with rslora (peft tuners/lora/layer.py). Without
 * metadata alpha is the rank, as diffusers has it (utils/peft_utils.py, get_peft_kwargs).
 */
export function scaleFromMetadata(metadata: ReadonlyMap<string, string>): ScaleOf {
  const raw = parsed(metadata.get(KEY));
  const settings: Record<LoraPart, Settings> = {
    unet: settingsOf(raw, 'unet'),
    textEncoder: settingsOf(raw, 'text_encoder'),
  };
  return (part, layer, rank) => {
    const { lora_alpha: common, alpha_pattern: patterns, use_rslora: rootScale } = settings[part];
    const own = Object.entries(patterns).find(([name]) => layer === name || layer.endsWith(`.${name}`))?.[1];
    const alpha = own ?? common ?? rank;
    return alpha / (rootScale ? Math.sqrt(rank) : rank);
  };
}

function settingsOf(raw: Readonly<Record<string, unknown>>, part: string): Settings {
  const own = Object.entries(raw).flatMap(([key, value]): [string, unknown][] =>
    key.startsWith(`${part}.`) ? [[key.slice(part.length + 1), value]] : [],
  );
  const result = settingsSchema.safeParse(Object.fromEntries(own));
  return result.success ? result.data : settingsSchema.parse({});
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parseBoundedJson(text ?? '{}', BOUNDS.loraMetadata, KEY);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
