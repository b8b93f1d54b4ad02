import type { GraphNode, Tensor } from '../ir.ts';

/**
 * What values are called in the file. Fed inputs keep their name and weights are called after their place, in every
 * branch alike; anything else after its id, with the branch's prefix.
 */
export function valueName(tensor: Tensor, prefix: string): string {
  const { source, name, dtype, shape, id } = tensor;
  if (source.kind === 'input') return name;
  if (source.kind === 'external')
    return `w ${source.data.file} ${source.data.offset} ${dtype} ${shape.join()}`;
  const weight = castWeight(tensor);
  return weight ? `${valueName(weight, '')} as ${dtype}` : `${prefix}v${id}`;
}

/** The weight that this value is a mere cast of, or null: such casts belong to the weights, not to a branch. */
export function castWeight({ source }: Tensor): Tensor | null {
  if (source.kind !== 'node' || source.node.op.type !== 'Cast') return null;
  const [weight] = source.node.inputs;
  return weight?.source.kind === 'external' ? weight : null;
}

/** The value of a weight's cast that only `node` reads. */
export const castNameFor = (cast: Tensor, node: GraphNode): string => `${valueName(cast, '')} for ${node.id}`;
