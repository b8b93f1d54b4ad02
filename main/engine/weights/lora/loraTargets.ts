import { unetLayerInCompVis } from '../compvis/unetNames.ts';
import { expectedTextTensors, expectedUnetTensors } from '../../models/recordedTensors.ts';
import type { ExpectedTensors } from '../tensorGaps.ts';
import type { ModelFolder } from '../modelFolder.ts';
import type { LoraName } from './loraNames.ts';
import type { LoraPart } from './lora.ts';

/** A layer that a LoRA may change, and the shape of its weight. */
export interface LoraTarget {
  readonly layer: string;
  readonly shape: readonly number[];
}

/** The linear layers and convolutions of a model's UNet and text encoder, those of the UNet also by CompVis' names. */
export class LoraTargets {
  private readonly targets: Readonly<Record<LoraPart, ReadonlyMap<string, LoraTarget>>>;

  constructor({ unet, textEncoder }: Pick<ModelFolder, 'unet' | 'textEncoder'>) {
    this.targets = {
      unet: targetsOf(expectedUnetTensors(unet.config), (layer) => unetLayerInCompVis(layer, unet.config)),
      textEncoder: targetsOf(expectedTextTensors(textEncoder.config)),
    };
  }

  find({ part, layer, underscored }: LoraName): LoraTarget | undefined {
    return this.targets[part].get(underscored ? layer : layer.replaceAll('.', '_'));
  }
}

/** By path with underscores, in which no two layers of these networks are the same. */
function targetsOf(
  expected: ExpectedTensors,
  otherName: (layer: string) => string | null = () => null,
): ReadonlyMap<string, LoraTarget> {
  const targets = new Map<string, LoraTarget>();
  for (const [name, shape] of expected) {
    const layer = /^(.*)\.weight$/.exec(name)?.[1];
    const isMatrix = shape.length === 2 || shape.length === 4;
    // Embeddings are looked up, and the position net is run apart from the rest.
    if (layer === undefined || !isMatrix || /(^|\.)embeddings\.|^position_net\./.test(layer)) continue;
    for (const path of [layer, otherName(layer)]) {
      if (path !== null) targets.set(path.replaceAll('.', '_'), { layer, shape });
    }
  }
  return targets;
}
