import { z } from 'zod';
import { BOUNDS } from '../../../files/bounds.ts';
import { count, countUpTo, withoutNulls } from './configFields.ts';

/**
 * text_encoder/config.json. Missing keys get the defaults of transformers' CLIPTextConfig
 * (models/clip/configuration_clip.py, 4.49.0). A whole CLIPModel's config, with the text part under
 * `text_config`, is not what diffusers folders hold and is not read.
 */
const fields = z
  .object({
    vocab_size: count.default(49408),
    hidden_size: count.default(512),
    intermediate_size: count.default(2048),
    num_hidden_layers: countUpTo(BOUNDS.numbers.textLayers).default(12),
    num_attention_heads: count.default(8),
    max_position_embeddings: count.default(77),
    hidden_act: z.enum(['quick_gelu', 'gelu']).default('quick_gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
    bos_token_id: z.int().nullish(),
    eos_token_id: z.int().nullish(),
  })
  .transform((raw, context) => {
    if (raw.hidden_size % raw.num_attention_heads !== 0) {
      context.addIssue({
        code: 'custom',
        path: ['num_attention_heads'],
        message: `${raw.hidden_size} channels cannot be shared among ${raw.num_attention_heads} heads`,
      });
    }
    return {
      vocabSize: raw.vocab_size,
      hiddenSize: raw.hidden_size,
      intermediateSize: raw.intermediate_size,
      numHiddenLayers: raw.num_hidden_layers,
      numAttentionHeads: raw.num_attention_heads,
      maxPositionEmbeddings: raw.max_position_embeddings,
      hiddenAct: raw.hidden_act,
      layerNormEps: raw.layer_norm_eps,
      /**
       * transformers pools at the first `eosTokenId`, except when it is 2 (a wrong value in old configs):
       * then at the first position of the largest id (modeling_clip.py, CLIPTextTransformer.forward).
       */
      eosTokenId: raw.eos_token_id ?? 49407,
    };
  });

export const textEncoderConfigSchema = withoutNulls(fields, []);

export type TextEncoderConfig = z.output<typeof fields>;
