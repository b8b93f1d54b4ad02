import type { Tensor } from '../ir.ts';
import { valueName } from './names.ts';
import { partOf, type Outputs } from './part.ts';
import {
  modelProto,
  writeBody,
  writeCastsAtUse,
  writeIdentity,
  writeValueInfo,
  writeWeights,
} from './writers.ts';

export interface EncodedModel {
  /** A serialised ONNX ModelProto. */
  readonly bytes: Uint8Array;
  /** What has to be fed. */
  readonly inputs: readonly FedInput[];
  readonly nodeCount: number;
  /** Branches in the order of their numbers; null for a model without branches. */
  readonly branches: readonly string[] | null;
  /** Weights of half precision are cast anew wherever one is used, and must stay so (session.ts). */
  readonly castsAtUse: boolean;
}

export type FedInput = Pick<Tensor, 'name' | 'dtype' | 'shape'>;

/** Name of the input that chooses the branch, int64 []. */
export const BRANCH_INPUT = 'branch';

/**
 * Serialises the part of a graph that `outputs` depend on.
 *
 * @param externalRoot folder (absolute, ending in a slash) that holds every external weights file; locations are
 *   written relative to it, because ONNX Runtime accepts nothing that leads out of it.
 * @param castAtUse casts weights of half precision once per node that reads them rather than once: each cast value
 *   then lives for one operator, and the backward pass does not keep those of the forward pass
 */
export function encodeModel(outputs: Outputs, externalRoot: string, castAtUse = false): EncodedModel {
  const part = partOf(outputs, '');
  const castsAtUse = castAtUse && part.casts.length > 0;
  const bytes = modelProto((graph) => {
    writeWeights(graph, castsAtUse ? [{ ...part, casts: [] }] : [part], externalRoot);
    // Before everything else: ONNX Runtime runs what was written late as early as it can (session.ts).
    if (castsAtUse) writeCastsAtUse(graph, part);
    writeBody(graph, part, castsAtUse);
    // Outputs get their own names through an Identity, which ONNX Runtime removes.
    for (const [name, tensor] of part.outputs) writeIdentity(graph, valueName(tensor, ''), name);
    for (const input of part.inputs) graph.message(11, (writer) => writeValueInfo(writer, input.name, input));
    for (const [name, tensor] of part.outputs)
      graph.message(12, (writer) => writeValueInfo(writer, name, tensor));
  });
  return { bytes, inputs: part.inputs, nodeCount: part.nodes.length, branches: null, castsAtUse };
}
