import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { appRoot } from '../../main/host/appRoot.ts';
import type { TensorPlan } from './writers.ts';

/** The published layout: diffusers' name, CompVis' name and shape of every tensor of GLIGEN on SD1.4. */
const listSchema = z.record(
  z.enum(['unet', 'vae', 'text_encoder']),
  z.array(z.tuple([z.string(), z.string(), z.array(z.number())])),
);

/**
 * The list that diffusers' own converters accept without a missing and without an unexpected key (make_weights.py asserts
 * that). The engine's reader is no oracle for what the engine writes, so no name is taken from it.
 */
const list = listSchema.parse(
  JSON.parse(
    gunzipSync(readFileSync(join(appRoot(), 'tests', 'fixtures', 'weights', 'names.json.gz'))).toString(),
  ),
);
const unet = new Map(list.unet.map(([diffusers, compvis]) => [diffusers, compvis]));
const vae = new Map(list.vae.map(([diffusers, compvis]) => [diffusers, compvis]));

/** CompVis' name of a UNet's tensor, without the prefix `model.diffusion_model.`. */
export const unetNameInCompVis = (name: string): string => known(unet, name);

/** A VAE's tensors as a checkpoint holds them: attention projections are 1x1 convolutions there. */
export function vaeInCompVis(plans: readonly TensorPlan[]): TensorPlan[] {
  return plans.map((plan) => ({
    ...plan,
    name: `first_stage_model.${known(vae, plan.name)}`,
    shape: plan.name.includes('.attentions.') && plan.shape.length === 2 ? [...plan.shape, 1, 1] : plan.shape,
  }));
}

function known(names: ReadonlyMap<string, string>, name: string): string {
  const found = names.get(name);
  if (found === undefined) throw new Error(`${name} has no CompVis name`);
  return found;
}
