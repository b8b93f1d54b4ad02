import type { TensorPlan } from './writers.ts';

const RANK = 16;
const ALPHA = 1;
/** Layers of Stable Diffusion 1.x that kohya's trainer gives a LoRA by default: 192 in the UNet, 72 in the text encoder. */
const COUNT = 264;
const inUnet =
  /\.attentions\.\d+\.(proj_in|proj_out|transformer_blocks\.\d+\.(attn[12]\.(to_[qkv]|to_out\.0)|ff\.net\.(0\.proj|2)))\.weight$/;
const inText = /^text_model\.encoder\.layers\.\d+\.(self_attn\.(q|k|v|out)_proj|mlp\.fc[12])\.weight$/;

/**
 * A LoRA under the names that kohya's sd-scripts writes for Stable Diffusion 1.x (networks/lora.py: `lora_unet_` or
 * `lora_te_`, the module's path with underscores, `lora_down`, `lora_up` and `alpha`).
 *
 * @param unet SD1.x' UNet without GLIGEN
 */
export function kohyaLora(unet: readonly TensorPlan[], text: readonly TensorPlan[]): TensorPlan[] {
  const layers = [
    ...unet.filter(({ name }) => inUnet.test(name)).map((plan) => ({ ...plan, prefix: 'lora_unet_' })),
    ...text.filter(({ name }) => inText.test(name)).map((plan) => ({ ...plan, prefix: 'lora_te_' })),
  ];
  if (layers.length !== COUNT) throw new Error(`${layers.length} layers get a LoRA, ${COUNT} are known`);
  return layers.flatMap(({ prefix, name, shape: [out = 0, into = 0, ...kernel] }) => {
    const layer = prefix + name.replace(/\.weight$/, '').replaceAll('.', '_');
    const one = kernel.map(() => 1);
    return [
      { name: `${layer}.alpha`, shape: [], seed: layer, spread: { scale: 0, offset: ALPHA } },
      plan(`${layer}.lora_down.weight`, [RANK, into, ...kernel]),
      plan(`${layer}.lora_up.weight`, [out, RANK, ...one]),
    ] satisfies TensorPlan[];
  });
}

const plan = (name: string, shape: readonly number[]): TensorPlan => ({ name, shape, seed: name });
