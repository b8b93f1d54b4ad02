import { requestSchema, type GenerationRequest } from '../../preload/contract/request.ts';

/** A small valid request; the caption tells the scripted child what to do. */
export function request(script: string): GenerationRequest {
  return requestSchema.parse({
    version: 1,
    model: 'scripted',
    width: 64,
    height: 64,
    caption: script,
    boxes: [{ id: 'a', phrase: 'dog', box: [0, 0, 0.5, 1] }],
    seed: 1,
    steps: 3,
  });
}
