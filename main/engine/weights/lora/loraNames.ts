import type { LoraPart } from './lora.ts';

export type LoraRole = 'down' | 'mid' | 'up' | 'alpha';

/** What a tensor of a LoRA file is, by its name alone. */
export interface LoraName {
  readonly part: LoraPart;
  readonly role: LoraRole;
  /** The layer's path; kohya's has underscores where the path has dots. */
  readonly layer: string;
  readonly underscored: boolean;
}

/** Why a tensor cannot be used: the end of a sentence that begins with its name. */
export interface RefusedName {
  readonly reason: string;
}

const PLAIN = 'expected plain LoRA matrices (lora_down and lora_up, or lora_A and lora_B)';
const SD1 = 'expected a LoRA for Stable Diffusion 1.x';

/** Tensors of other methods, by the ends of their names. */
const otherKinds: readonly (readonly [RegExp, string])[] = [
  [/\.hada_/, `is of the kind LoHa (LyCORIS), ${PLAIN}`],
  [/\.lokr_/, `is of the kind LoKr (LyCORIS), ${PLAIN}`],
  [/\.(oft_|boft_)/, `is of the kind OFT, ${PLAIN}`],
  [/\.(dora_scale|lora_magnitude_vector)/, `is of the kind DoRA, ${PLAIN}`],
  [/\.(diff|diff_b|w_norm|b_norm)$/, `is a full difference of weights, ${PLAIN}`],
  [/\.lora(_[AB]|_up|_down|\.up|\.down)(\.\w+)?\.bias$/, `is a bias, ${PLAIN}`],
  [/\.lora_embedding_[AB]/, `changes the vocabulary, ${PLAIN}`],
];

const otherModels: readonly (readonly [RegExp, string])[] = [
  [
    /^(lora_te2_|text_encoder_2\.|lora_te2\.|text_encoders\.clip_g\.)/,
    `belongs to SDXL's second text encoder, ${SD1}`,
  ],
  [/^(transformer\.|lora_transformer_|diffusion_model\.(?!(?:input_blocks|middle_block|output_blocks|time_embed|out)\.)|lora_unet_(double|single|joint)_blocks)/, `belongs to a diffusion transformer (Flux, SD3 and the like), ${SD1}`], // prettier-ignore
  [/^(lora_prior_|lora_te3_|text_encoder_3\.)/, `belongs to another family of models, ${SD1}`],
];

/**
 * kohya (networks/lora.py): `<path_with_underscores>.lora_down.weight`, LyCORIS with a `lora_mid` between.
 * diffusers (utils/state_dict_utils.py): `.to_q_lora.down.weight` of attention processors, then `.lora.down.weight` and
 * `.lora_linear_layer.down.weight`.
 * peft: `.lora_A.weight`, with the adapter's name between when it was saved by hand.
 */
const matrix =
  /^(.+?)(?:[._]lora(?:_linear_layer)?\.(down|up)|\.lora_(down|mid|up|A|B)(?:\.default(?:_\d+)?)?)\.weight$/;

/**
 * Paths are those of diffusers or of CompVis in all of them. `diffusion_model` and `text_encoders.clip_l` are ComfyUI's
 * (comfy/lora.py, what LoraSave writes), `lycoris` is SimpleTuner's.
 */
const partPrefixes: readonly (readonly [RegExp, LoraPart, boolean])[] = [
  [/^lora_unet_/, 'unet', true],
  [/^lycoris_/, 'unet', true],
  [/^lora_te1?_/, 'textEncoder', true],
  [/^diffusion_model\./, 'unet', false],
  [/^text_encoders\.clip_l\.(?:transformer\.)?(?=text_model\.|encoder\.)/, 'textEncoder', false],
  [/^unet\./, 'unet', false],
  [/^text_encoder\./, 'textEncoder', false],
  [/^(?=(?:down_blocks|mid_block|up_blocks|conv_in|conv_out|time_embedding)\.)/, 'unet', false],
  [/^(?=text_model\.)/, 'textEncoder', false],
  [/^(?=encoder\.layers\.)/, 'textEncoder', false],
];

/** Reads a tensor's name. */
export function parseLoraName(name: string): LoraName | RefusedName {
  const refused = [...otherKinds, ...otherModels].find(([pattern]) => pattern.test(name));
  if (refused !== undefined) return { reason: refused[1] };
  const found = matrix.exec(name);
  const path = found?.[1] ?? /^(.+?)(?:[._]lora)?\.alpha$/.exec(name)?.[1];
  const bare = path?.replace(/^base_model\.model\./, '');
  const prefix = bare === undefined ? undefined : partPrefixes.find(([pattern]) => pattern.test(bare));
  if (bare === undefined || prefix === undefined) {
    return {
      reason:
        'has no name of a LoRA, expected one such as "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight" or ' +
        '"unet.mid_block.attentions.0.proj_in.lora_A.weight"',
    };
  }
  const [pattern, part, underscored] = prefix;
  const layer = wholePath(part, bare.replace(pattern, ''));
  const side = found?.[2] ?? found?.[3];
  return {
    part,
    role: side === undefined ? 'alpha' : (roles[side] ?? 'alpha'),
    layer: underscored ? layer : currentLayer(part, layer),
    underscored,
  };
}

/** transformers 5.6 and later leave out `text_model`, and so do programs that name layers by their own text encoder. */
function wholePath(part: LoraPart, layer: string): string {
  const inside = /^(?:encoder|embeddings|final_layer_norm)([._])/.exec(layer);
  return part === 'textEncoder' && inside !== null ? `text_model${inside[1]}${layer}` : layer;
}

const roles: Readonly<Record<string, LoraRole>> = { down: 'down', A: 'down', mid: 'mid', up: 'up', B: 'up' };

/** Attention layers as the models name them; attention processors and old text encoders named them their own way. */
function currentLayer(part: LoraPart, layer: string): string {
  const plain = layer.replace('.processor.', '.');
  if (part === 'unet') return plain.replace(/\.to_out$/, '.to_out.0');
  return plain.replace(/\.to_(q|k|v|out)$/, '.$1_proj');
}
