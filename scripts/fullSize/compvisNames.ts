import { unetNameFromCompVis } from '../../main/engine/weights/compvis/unetNames.ts';
import { vaeNameFromCompVis } from '../../main/engine/weights/compvis/vaeNames.ts';
import type { TensorPlan } from './writers.ts';

const VAE_LEVELS = 4;

/**
 * CompVis' names of diffusers' tensors, found by trying: the engine only knows the way back, and this way a file that
 * is written can be read.
 */
export function unetNamesToCompVis(names: Iterable<string>): {
  unet(name: string): string;
  vae(plans: readonly TensorPlan[]): TensorPlan[];
} {
  const unet = new Map<string, string>();
  const suffixes = new Set([...names].map(suffixOf));
  for (const block of unetBlocks()) {
    for (const suffix of suffixes) {
      for (const inner of innerNames(suffix)) {
        const candidate = block === '' ? inner : `${block}.${inner}`;
        const name = unetNameFromCompVis(candidate);
        if (name !== null && !unet.has(name)) unet.set(name, candidate);
      }
    }
  }
  return {
    unet: (name) => known(unet, name),
    vae: (plans) => {
      const vae = new Map(
        vaeCandidates().flatMap((candidate) => {
          const name = vaeNameFromCompVis(candidate, VAE_LEVELS);
          return name === null ? [] : [[name, candidate] as const];
        }),
      );
      // Attention projections are 1x1 convolutions there.
      return plans.map((plan) => ({
        ...plan,
        name: `first_stage_model.${known(vae, plan.name)}`,
        shape:
          plan.name.includes('.attentions.') && plan.shape.length === 2 ? [...plan.shape, 1, 1] : plan.shape,
      }));
    },
  };
}

function known(names: ReadonlyMap<string, string>, name: string): string {
  const found = names.get(name);
  if (found === undefined) throw new Error(`${name} has no CompVis name`);
  return found;
}

function unetBlocks(): string[] {
  const numbered = (kind: string): string[] =>
    Array.from({ length: 12 }, (_, number) =>
      [0, 1, 2].map((module) => `${kind}.${number}.${module}`),
    ).flat();
  return [
    '',
    ...numbered('input_blocks'),
    ...[0, 1, 2].map((module) => `middle_block.${module}`),
    ...numbered('output_blocks'),
  ];
}

/** What follows the block in diffusers' names. */
function suffixOf(name: string): string {
  return /(?:resnets|attentions|downsamplers|upsamplers)\.\d+\.(.+)$/.exec(name)?.[1] ?? name;
}

/** The same in CompVis' words. */
function innerNames(suffix: string): string[] {
  const layers: Readonly<Record<string, string>> = {
    norm1: 'in_layers.0',
    conv1: 'in_layers.2',
    time_emb_proj: 'emb_layers.1',
    norm2: 'out_layers.0',
    conv2: 'out_layers.3',
    conv_shortcut: 'skip_connection',
    conv: 'op',
    'time_embedding.linear_1': 'time_embed.0',
    'time_embedding.linear_2': 'time_embed.2',
    conv_in: 'input_blocks.0.0',
    conv_norm_out: 'out.0',
    conv_out: 'out.2',
  };
  const dot = suffix.lastIndexOf('.');
  const layer = layers[suffix.slice(0, dot)];
  return layer === undefined ? [suffix] : [suffix, `${layer}${suffix.slice(dot)}`];
}

function vaeCandidates(): string[] {
  const layers = ['norm1', 'conv1', 'norm2', 'conv2', 'nin_shortcut'];
  const levels = Array.from({ length: VAE_LEVELS }, (_, level) => level);
  const blocks = (path: string): string[] =>
    [0, 1, 2].flatMap((block) => layers.map((layer) => `${path}.block.${block}.${layer}`));
  const middle = [
    ...[1, 2].flatMap((block) => layers.map((layer) => `mid.block_${block}.${layer}`)),
    ...['norm', 'q', 'k', 'v', 'proj_out'].map((layer) => `mid.attn_1.${layer}`),
  ];
  const ends = ['conv_in', 'norm_out', 'conv_out'];
  const encoder = [
    ...ends,
    ...middle,
    ...levels.flatMap((level) => [...blocks(`down.${level}`), `down.${level}.downsample.conv`]),
  ];
  const decoder = [
    ...ends,
    ...middle,
    ...levels.flatMap((level) => [...blocks(`up.${level}`), `up.${level}.upsample.conv`]),
  ];
  const paths = [
    ...encoder.map((path) => `encoder.${path}`),
    ...decoder.map((path) => `decoder.${path}`),
    'quant_conv',
    'post_quant_conv',
  ];
  return paths.flatMap((path) => [`${path}.weight`, `${path}.bias`]);
}
