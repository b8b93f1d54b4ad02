import { randomInt } from 'node:crypto';
import { captionFromPhrases } from '../../preload/contract/caption.ts';
import { promptInstances } from '../../preload/contract/instances.ts';
import type { Layout } from '../../preload/contract/layout.ts';
import type { LoraChoice } from '../../preload/contract/lora.ts';
import { withPreset, type IsacPreset } from '../../preload/contract/isacPresets.ts';
import { isacFields, type IsacSettings } from '../../preload/contract/isac.ts';
import { REQUEST_VERSION, requestSchema, type GenerationRequest } from '../../preload/contract/request.ts';
import { UserError } from '../engine/errors.ts';
import type { SourceChoice } from './sourceFlags.ts';
import { zodSentence } from './zodSentence.ts';

/** What the command line adds to a layout; whatever is left out gets its default. */
export interface GenerationFlags {
  readonly method?: string;
  readonly preset?: IsacPreset;
  readonly seed?: number;
  readonly steps?: number;
  readonly guidance?: number;
  readonly candidates?: number;
  readonly probes?: Partial<Pick<IsacSettings, 'earlyEnd' | 'maxProbeSide'>>;
  readonly device?: string;
  readonly vaeTile?: number;
  readonly attentionSlices?: number;
  readonly precision?: string;
  readonly lora?: readonly LoraChoice[];
}

const FLAG_OF: Readonly<Record<string, string>> = {
  seed: '--seed',
  steps: '--steps',
  guidanceScale: '--guidance',
  device: '--device',
  vaeTile: '--vae-tile',
  attentionSlices: '--attention-slices',
  precision: '--precision',
  'isac.method': '--method',
  'isac.candidates': '--candidates',
  'isac.maxProbeSide': '--probes',
};

/**
 * The whole request that a layout and flags stand for.
 *
 * @param native the model's own size in pixels, for layouts that name none
 * @param start the picture to begin with, whose size comes before the model's
 * @throws UserError naming the flag and what is allowed
 */
export function requestFromLayout(
  layout: Layout,
  flags: GenerationFlags,
  model: string,
  native: { width: number; height: number },
  start: SourceChoice | null = null,
): GenerationRequest {
  const caption = layout.caption ?? captionFromPhrases(layout.boxes.map(({ phrase }) => phrase));
  const instances = layout.boxes.length === 0 ? promptInstances(caption) : [];
  if (layout.boxes.length === 0 && instances.length === 0) {
    throw new UserError(
      `The caption "${caption}" counts nothing: write what is to be in the image with its number, such as ` +
        '"two horses and a dog", or give it boxes.',
    );
  }
  const parsed = requestSchema.safeParse({
    version: REQUEST_VERSION,
    model,
    width: layout.width ?? start?.picture.width ?? native.width,
    height: layout.height ?? start?.picture.height ?? native.height,
    caption,
    negative: layout.negative ?? '',
    boxes: layout.boxes,
    instances,
    bind: layout.bind,
    seed: flags.seed ?? randomInt(2 ** 32),
    ...given({
      steps: flags.steps,
      guidanceScale: flags.guidance,
      device: flags.device,
      loras: flags.lora,
      vaeTile: flags.vaeTile,
      attentionSlices: flags.attentionSlices,
      precision: flags.precision,
    }),
    isac: {
      ...(flags.preset ? withPreset(isacFields.parse({}), flags.preset) : {}),
      ...given({ method: flags.method, candidates: flags.candidates, ...flags.probes }),
    },
    ...given({ source: start?.source }),
  });
  if (!parsed.success) throw new UserError(zodSentence(parsed.error, requestSchema, flagOf));
  return parsed.data;
}

/** What the user calls a place of the request. */
const flagOf = (path: string): string =>
  FLAG_OF[path] ??
  path.replace(/^loras\b(?:\[(\d+)\])?.*/, (_, index?: string) =>
    index === undefined ? '--lora' : `--lora number ${Number(index) + 1}, its weight,`,
  );

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
