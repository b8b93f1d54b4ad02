import type { DeviceInfo } from '../../preload/contract/devices.ts';
import type { Stage } from '../../preload/contract/engine.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { FailureCause } from '../../preload/contract/studio.ts';
import { vaeTiles } from '../../preload/contract/vaeTile.ts';

/** What one can give up for a run that did not fit into memory. */
export const lighterKinds = ['probes', 'slices', 'tiles', 'smaller', 'cpu'] as const;
export type LighterKind = (typeof lighterKinds)[number];

/** A request with one change that makes it need less, and the figures that name the change. */
export interface Lighter {
  readonly kind: LighterKind;
  readonly request: GenerationRequest;
  readonly values: Readonly<Record<string, number>>;
}

export interface Circumstances {
  readonly cause: FailureCause;
  /** Where the run was when it failed; null when nobody knows. */
  readonly stage: Stage | null;
  /** What the sides of the model's images are multiples of, in pixels. */
  readonly sizeMultiple: number;
  readonly devices: readonly DeviceInfo[] | null;
  /** Another size would be no run "without ISAC" of that result. */
  readonly baseline: boolean;
}

/** Pixels per latent along one side; every Stable Diffusion has eight. */
const LATENT = 8;
/** Attention maps of fewer tokens a side hold too little to tell things apart. */
const LEAST_PROBE_SIDE = 8;
/** Slices take effect on larger images only (attentionSlices.ts). */
const SLICED_FROM = 32 * 32;
const MOST_SLICES = 8;
/** Pixels of the smallest image that is worth a try. */
const LEAST_SIDE = 64;
/** Of a side, for the next smaller image. */
const SMALLER = 0.75;

/**
 * What a failed run can be tried again with, best first: only what changes something for this request, and only where
 * want of memory was the cause and the change can have an effect on the stage that failed.
 */
export function lighterRequests(request: GenerationRequest, circumstances: Circumstances): Lighter[] {
  return kindsFor(circumstances).flatMap((kind) => lighter(kind, request, circumstances) ?? []);
}

function kindsFor({ cause, stage }: Circumstances): readonly LighterKind[] {
  if (cause === 'other') {
    return [];
  }
  if (cause === 'deviceLost') {
    return ['cpu', 'probes', 'slices', 'smaller'];
  }
  switch (stage) {
    case 'decoding':
      return ['tiles', 'smaller', 'cpu'];
    case 'loading':
    case 'encoding':
    case 'sampling':
      return ['probes', 'slices', 'smaller', 'cpu'];
    default:
      return lighterKinds;
  }
}

/** @returns null where the request has nothing of that kind left to give up */
function lighter(kind: LighterKind, request: GenerationRequest, around: Circumstances): Lighter | null {
  const { width, height, isac } = request;
  const [across, down] = [width / LATENT, height / LATENT];
  const longer = Math.max(across, down);
  switch (kind) {
    case 'probes': {
      const side = 2 ** Math.ceil(Math.log2(Math.min(isac.maxProbeSide ?? longer, longer)) - 1);
      return isac.method === 'none' || side < LEAST_PROBE_SIDE
        ? null
        : { kind, request: { ...request, isac: { ...isac, maxProbeSide: side } }, values: { side } };
    }
    case 'slices': {
      const now = request.attentionSlices ?? 1;
      const count = now < MOST_SLICES / 2 ? MOST_SLICES / 2 : MOST_SLICES;
      // Layers whose map ISAC looks at stay whole; while it looks at all of them there is nothing to slice. On the CPU
      // the others are one fused op, which keeps no map that slices could make smaller.
      const free = isac.method === 'none' || isac.maxProbeSide !== null || isac.earlyEnd;
      return !free || onCpu(request, around) || now >= MOST_SLICES || across * down <= SLICED_FROM
        ? null
        : { kind, request: { ...request, attentionSlices: count }, values: { count } };
    }
    case 'tiles': {
      const now = Math.min(request.vaeTile ?? longer, longer);
      const side = vaeTiles.find((tile) => tile < now);
      return side === undefined ? null : { kind, request: { ...request, vaeTile: side }, values: { side } };
    }
    case 'smaller': {
      const fit = (side: number): number =>
        around.sizeMultiple * Math.max(1, Math.floor((side * SMALLER) / around.sizeMultiple));
      const size = { width: Math.min(width, fit(width)), height: Math.min(height, fit(height)) };
      // The picture that a run begins with has the size of the run.
      const impossible = around.baseline || request.source !== undefined;
      const same = size.width === width && size.height === height;
      return impossible || same || Math.min(size.width, size.height) < LEAST_SIDE
        ? null
        : { kind, request: { ...request, ...size }, values: size };
    }
    case 'cpu': {
      // A process that the system ended took the computer's own memory, of which the CPU needs more.
      return request.device === 'cpu' || !hasGpu(around) || around.cause === 'killed'
        ? null
        : { kind, request: { ...request, device: 'cpu' }, values: {} };
    }
  }
}

const hasGpu = ({ devices }: Circumstances): boolean =>
  devices?.some(({ device, works }) => works && device !== 'cpu') === true;

/** Whether a run is known to have been on the CPU. */
const onCpu = ({ device }: GenerationRequest, around: Circumstances): boolean =>
  device === 'cpu' || (device === 'auto' && around.devices !== null && !hasGpu(around));
