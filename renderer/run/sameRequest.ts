import type { GenerationRequest } from '../../preload/contract/request.ts';
import { deepEqual } from '../editor/deepEqual.ts';

/**
 * Whether two requests make the same picture. Colours of boxes change nothing; how the VAE and the attention are cut in parts
 * changes rounding only; a precision that the page does not know yet is taken as the same.
 */
export function sameRequest(a: GenerationRequest, b: GenerationRequest): boolean {
  const precise = a.precision === undefined || b.precision === undefined || a.precision === b.precision;
  return precise && deepEqual(essence(a), essence(b));
}

function essence(request: GenerationRequest): unknown {
  return {
    ...request,
    vaeTile: undefined,
    attentionSlices: undefined,
    precision: undefined,
    boxes: request.boxes.map(({ id, phrase, box }) => ({ id, phrase, box })),
  };
}
