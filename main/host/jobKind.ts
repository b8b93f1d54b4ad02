import type { GenerationRequest } from '../../preload/contract/request.ts';

/** Requests of one kind run the same graphs: what one of them opened, the next finds open. */
export function kindOf(request: GenerationRequest): string {
  const {
    model,
    device,
    width,
    height,
    boxes,
    sampler,
    groundingShare,
    isac,
    loras,
    source,
    vaeTile,
    attentionSlices,
    precision,
  } = request;
  return JSON.stringify([
    model,
    device,
    [width, height],
    boxes.length,
    sampler,
    groundingShare,
    isac,
    loras,
    source === undefined ? null : 'picture',
    vaeTile ?? null,
    attentionSlices ?? 1,
    precision ?? 'float32',
  ]);
}
