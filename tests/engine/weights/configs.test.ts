import { describe, expect, it } from 'vitest';
import { schedulerConfigSchema } from '../../../main/engine/weights/configs/schedulerConfig.ts';
import { textEncoderConfigSchema } from '../../../main/engine/weights/configs/textEncoderConfig.ts';
import { unetConfigSchema } from '../../../main/engine/weights/configs/unetConfig.ts';
import { vaeConfigSchema } from '../../../main/engine/weights/configs/vaeConfig.ts';

// diffusers passes a null on to the class: a flag that is None is false, and the rest is as if it were absent.
describe('null in a config', () => {
  it('is false for a flag of the UNet, as diffusers 0.12 to 0.25 wrote it', () => {
    const { upcastAttention } = unetConfigSchema.parse({ upcast_attention: null });
    expect(upcastAttention).toBe(unetConfigSchema.parse({}).upcastAttention);
    expect(unetConfigSchema.parse({ flip_sin_to_cos: null })).toEqual(unetConfigSchema.parse({ flip_sin_to_cos: false })); // prettier-ignore
    expect(unetConfigSchema.parse({ only_cross_attention: null, use_linear_projection: null, attention_type: null })).toEqual(unetConfigSchema.parse({})); // prettier-ignore
  });

  it('is as good as absent elsewhere', () => {
    expect(textEncoderConfigSchema.parse({ hidden_act: null, layer_norm_eps: null })).toEqual(textEncoderConfigSchema.parse({})); // prettier-ignore
    expect(vaeConfigSchema.parse({ scaling_factor: null, mid_block_add_attention: null })).toEqual(vaeConfigSchema.parse({ mid_block_add_attention: false })); // prettier-ignore
    expect(schedulerConfigSchema.parse({ prediction_type: null, clip_sample: null })).toEqual(schedulerConfigSchema.parse({ clip_sample: false })); // prettier-ignore
  });

  it('is refused where it builds another network', () => {
    expect(unetConfigSchema.safeParse({ mid_block_type: null }).success).toBe(false);
    expect(unetConfigSchema.safeParse({ norm_num_groups: null }).success).toBe(false);
  });
});
