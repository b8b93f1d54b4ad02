import type { TensorDirectory } from './tensorDirectory.ts';
import { renameTensors } from './tensorDirectory.ts';

const deprecatedAttention = /^(.*\battentions\.\d+)\.(query|key|value|proj_attn)\.(weight|bias)$/;

const currentNames: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

/** The VAE attention projections: only these were ever stored as 1x1 convolutions. */
const projection = /\battentions\.\d+\.(to_[qkv]|to_out\.0)\.weight$/;

/**
 * VAE attention names of diffusers before 0.18 (`query`, `key`, `value`, `proj_attn`) as the names of today, as
 * diffusers' `ModelMixin._convert_deprecated_attention_blocks` does (models/modeling_utils.py). Where a
 * projection is stored as a 1x1 convolution ([out, in, 1, 1], CompVis), it is read as the matrix it is.
 */
export function withCurrentAttentionNames(directory: TensorDirectory): TensorDirectory {
  return renameTensors(directory, currentName, (name, shape) =>
    projection.test(name) && shape.length === 4 && shape[2] === 1 && shape[3] === 1
      ? shape.slice(0, 2)
      : shape,
  );
}

function currentName(name: string): string {
  const match = deprecatedAttention.exec(name);
  if (match === null) return name;
  const [, prefix, old, kind] = match;
  return `${prefix}.${currentNames[old ?? ''] ?? old}.${kind}`;
}
