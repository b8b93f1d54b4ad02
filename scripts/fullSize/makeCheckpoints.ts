import { cp, mkdir, stat, statfs, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sd1ConfigFiles, sd1Configs } from '../../main/engine/weights/configs/sd1Configs.ts';
import {
  expectedTextTensors,
  expectedUnetTensors,
  expectedVaeTensors,
  parameterCount,
} from '../../main/engine/models/recordedTensors.ts';
import { isGligenTensor } from '../../main/engine/weights/gligenTensors.ts';
import { unetNameInCompVis, vaeInCompVis } from './compvisNames.ts';
import { kohyaLora } from './kohyaLora.ts';
import { RandomValues, type Precision } from './randomValues.ts';
import { plansOf, writeSafetensorsFile, writeTorchFile, type TensorPlan } from './writers.ts';

/**
 * Random checkpoints of GLIGEN on SD1.4 with the true names, shapes and types: the public weights cannot be had on
 * every machine, and nothing but their values differs. Deterministic, streamed, the same values in every format.
 *
 *     npx tsx scripts/fullSize/makeCheckpoints.ts <folder outside of the repository> [fp16] [fp32] [bin] [adapter] [single]
 *         [inpaint] [lora]
 *
 * fp16, fp32   diffusers folders in safetensors (2.6 and 5.2 GB)
 * bin          the fp16 folder with the UNet as torch's zip (2.6 GB)
 * adapter      SD1.4 without GLIGEN as a folder and ComfyUI's adapter file, fp16 (2.2 + 0.4 GB)
 * single       SD1.4 as one file under CompVis' names for use with the adapter, fp16 (2.1 GB)
 * inpaint      SD1.4's inpainting model, nine input channels, as a folder for use with the adapter, fp16 (2.2 GB)
 * lora         a LoRA for all attention layers of UNet and text encoder under kohya's names, rank 16, fp16 (19 MB)
 */

const GLIGEN_PARAMETERS = 1_068_623_204;
const root = fileURLToPath(new URL('../..', import.meta.url));
const kinds = ['fp16', 'fp32', 'bin', 'adapter', 'single', 'inpaint', 'lora'] as const;
type Kind = (typeof kinds)[number];

const configs = sd1Configs();
const unet = expectedUnetTensors({ ...configs.unet, attentionType: 'gated' });
if (parameterCount(unet) !== GLIGEN_PARAMETERS)
  throw new Error(`the UNet has ${parameterCount(unet)} parameters`);
const unetPlans = plansOf('unet', unet);
const textPlans = plansOf('text_encoder', expectedTextTensors(configs.textEncoder));
const vaePlans = plansOf('vae', expectedVaeTensors(configs.vae));
const plainPlans = unetPlans.filter(({ name }) => !isGligenTensor(name));
const inpaintPlans = plansOf(
  'unet',
  expectedUnetTensors({ ...configs.unet, inChannels: 9, attentionType: 'default' }),
);
const values = new RandomValues('isac-studio');

/** Configs, tokenizer, text encoder and VAE of a diffusers folder; the UNet is written by the caller. */
async function writeFolder(
  folder: string,
  precision: Precision,
  unetConfig: Readonly<Record<string, unknown>>,
): Promise<void> {
  const write = async (part: string, name: string, config: object): Promise<void> => {
    await mkdir(join(folder, part), { recursive: true });
    await writeFile(join(folder, part, name), `${JSON.stringify(config, null, 2)}\n`);
  };
  await write('unet', 'config.json', {
    ...sd1ConfigFiles.unet,
    ...unetConfig,
  });
  await write('text_encoder', 'config.json', sd1ConfigFiles.text_encoder);
  await write('vae', 'config.json', sd1ConfigFiles.vae);
  await write('scheduler', 'scheduler_config.json', sd1ConfigFiles.scheduler);
  await cp(join(root, 'assets', 'tokenizers', 'clip'), join(folder, 'tokenizer'), { recursive: true });
  await writeWeights(folder, 'text_encoder', textPlans, precision);
  await writeWeights(folder, 'vae', vaePlans, precision);
}

/** Weights of one part of a diffusers folder under the name that diffusers gives them. */
async function writeWeights(
  folder: string,
  part: 'unet' | 'text_encoder' | 'vae',
  plans: readonly TensorPlan[],
  precision: Precision,
): Promise<void> {
  const name = part === 'text_encoder' ? 'model' : 'diffusion_pytorch_model';
  const kind = precision === 'fp16' ? '.fp16' : '';
  await writeSafetensorsFile(join(folder, part, `${name}${kind}.safetensors`), plans, values, precision);
}

const gated = { attention_type: 'gated' };

const renamed = (plans: readonly TensorPlan[], rename: (name: string) => string): TensorPlan[] =>
  plans.map((plan) => ({ ...plan, name: rename(plan.name) }));

const makers: Record<Kind, (out: string) => Promise<void>> = {
  async fp16(out) {
    await writeFolder(join(out, 'fp16'), 'fp16', gated);
    await writeWeights(join(out, 'fp16'), 'unet', unetPlans, 'fp16');
  },
  async fp32(out) {
    await writeFolder(join(out, 'fp32'), 'fp32', gated);
    await writeWeights(join(out, 'fp32'), 'unet', unetPlans, 'fp32');
  },
  async bin(out) {
    await writeFolder(join(out, 'bin'), 'fp16', gated);
    await writeTorchFile(
      join(out, 'bin', 'unet', 'diffusion_pytorch_model.fp16.bin'),
      unetPlans,
      values,
      'fp16',
    );
  },
  async adapter(out) {
    await writeFolder(join(out, 'plain'), 'fp16', {});
    await writeWeights(join(out, 'plain'), 'unet', plainPlans, 'fp16');
    const own = unetPlans.filter(({ name }) => isGligenTensor(name));
    await writeSafetensorsFile(
      join(out, 'gligen_sd14_textbox_pruned_fp16.safetensors'),
      renamed(own, unetNameInCompVis),
      values,
      'fp16',
    );
  },
  async single(out) {
    const plans = [
      ...renamed(plainPlans, (name) => `model.diffusion_model.${unetNameInCompVis(name)}`),
      ...renamed(textPlans, (name) => `cond_stage_model.transformer.${name}`),
      ...vaeInCompVis(vaePlans),
    ];
    await writeSafetensorsFile(join(out, 'sd14.safetensors'), plans, values, 'fp16');
  },
  async inpaint(out) {
    await writeFolder(join(out, 'inpaint'), 'fp16', { in_channels: 9 });
    await writeWeights(join(out, 'inpaint'), 'unet', inpaintPlans, 'fp16');
  },
  async lora(out) {
    const plans = kohyaLora(plainPlans, textPlans);
    await writeSafetensorsFile(join(out, 'kohya.safetensors'), plans, values, 'fp16');
  },
};

const sizes: Record<Kind, number> = {
  fp16: 2.6e9,
  fp32: 5.2e9,
  bin: 2.6e9,
  adapter: 2.6e9,
  single: 2.2e9,
  inpaint: 2.2e9,
  lora: 2e7,
};

const [target, ...wanted] = process.argv.slice(2);
if (target === undefined || wanted.some((kind) => !kinds.some((known) => known === kind))) {
  throw new Error(`usage: makeCheckpoints.ts <folder> [${kinds.join('] [')}]`);
}
const out = resolve(target);
if (!relative(root, out).startsWith('..'))
  throw new Error(`${out} lies inside of the repository; name a folder outside.`);
await mkdir(out, { recursive: true });
const chosen = kinds.filter((kind) => wanted.length === 0 || wanted.includes(kind));
const disk = await statfs(out);
const need = chosen.reduce((sum, kind) => sum + sizes[kind], 0);
if (need > disk.bavail * disk.bsize)
  throw new Error(`${out}: ${(need / 1e9).toFixed(1)} GB are needed, fewer are free.`);
for (const kind of chosen) {
  const start = performance.now();
  await makers[kind](out);
  console.log(`${kind}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
console.log(
  `${out}: peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB, parameters of the UNet ${GLIGEN_PARAMETERS}`,
);
await stat(out);
