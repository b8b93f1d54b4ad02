import type { GenerationRequest } from '../../../preload/contract/request.ts';
import type { Repaint } from '../../../preload/contract/source.ts';
import { UserError } from '../errors.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { compose, dilate, union } from '../masks/morphology.ts';
import { decodeRle } from '../masks/rle.ts';
import type { HeldPicture } from './heldPicture.ts';
import type { Networks } from './networks.ts';
import { narrowRegion, regionOf, type RegionRequest } from './repaintRegion.ts';
import type { TorchGenerator } from './torchGenerator.ts';

/** An RGB picture of the request's size, and where its latents go. */
export interface SourceInput {
  readonly request: GenerationRequest;
  /** RGB, rows from the top. */
  readonly picture: Uint8Array;
  readonly latents: MapSize;
  /** Image pixels per latent cell and side. */
  readonly scale: number;
}

/** RGB bytes as the VAE sees them, [3, H, W] in -1..1 (diffusers, VaeImageProcessor.preprocess). */
export function floatsFromRgb(image: Uint8Array, width: number, height: number): Float32Array {
  const area = width * height;
  const floats = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let p = 0; p < area; p++) {
      floats[channel * area + p] = 2 * Math.fround((image[3 * p + channel] ?? 0) / 255) - 1;
    }
  }
  return floats;
}

/** A picture that a run begins with: encoded, with what of it may change. */
export class SourcePicture {
  readonly held: HeldPicture;
  private readonly input: SourceInput;
  private readonly repaint: RegionRequest | null;
  /** Ids of the boxes that are painted anew. */
  private readonly ids: readonly string[];

  private constructor(input: SourceInput, clean: Float32Array) {
    const { request, latents, scale } = input;
    const { denoise = 1, repaint = null } = request.source ?? {};
    this.input = input;
    this.ids = repaint?.boxes ?? [];
    this.repaint = repaint && {
      latents,
      scale,
      boxes: request.boxes.map(({ box }) => box),
      repainted: this.ids.map((id) => request.boxes.findIndex((box) => box.id === id)),
      mask: previousMask(repaint, request.width, request.height),
    };
    const own = this.repaint;
    const region = own && regionOf(own);
    this.held = {
      clean,
      fromNoise: region !== null && denoise >= 1,
      region,
      narrow: (masks) => (own && region ? narrowRegion(own, region, masks) : new Uint8Array()),
    };
  }

  /**
   * Encodes the picture. The generator's first numbers are the sample from the VAE's distribution, as in diffusers.
   *
   * @throws UserError when the picture or a mask has another size, or a box that is to be repainted is unknown
   */
  static async encode(
    input: SourceInput,
    networks: Networks,
    generator: TorchGenerator,
  ): Promise<SourcePicture> {
    const { request, picture, latents } = input;
    const { width, height } = request;
    if (picture.length !== 3 * width * height) {
      throw new UserError(
        `The source picture must have ${width} x ${height} pixels, the size of the request.`,
      );
    }
    const stranger = request.source?.repaint?.boxes.find((id) => !request.boxes.some((box) => box.id === id));
    if (stranger !== undefined) {
      throw new UserError(`The box "${stranger}" is to be repainted, but the layout has no box of that id.`);
    }
    const { mean, logvar } = await networks.encode(
      floatsFromRgb(picture, width, height),
      latents,
      request.vaeTile,
    );
    const noise = generator.randn(mean.length);
    const factor = networks.model.vae.config.scalingFactor;
    const clean = mean.map(
      (value, i) => factor * (value + Math.exp(0.5 * (logvar[i] ?? 0)) * (noise[i] ?? 0)),
    );
    return new SourcePicture(input, clean);
  }

  get bytes(): Uint8Array {
    return this.input.picture;
  }

  /**
   * The picture with what was painted, cut out along the instance masks.
   *
   * @param painted the decoded image, RGB
   * @param masks the masks found, one per box of the request
   */
  finish(
    painted: Uint8Array,
    masks: readonly Uint8Array[],
  ): { image: Uint8Array; repainted: Uint8Array | null; warnings: string[] } {
    const { repaint, ids, held } = this;
    const { region } = held;
    if (repaint === null || region === null) return { image: painted, repainted: null, warnings: [] };
    const { picture, request, scale } = this.input;
    const { width, height } = request;
    const warnings: string[] = [];
    const parts = repaint.repainted.map((box, k) => {
      const mask = masks[box];
      if (mask?.some((value) => value !== 0)) return mask;
      // Better than a run that changes nothing.
      warnings.push(`No mask was found for the box "${ids[k] ?? ''}": all of its rectangle was repainted.`);
      const cells = regionOf({ ...repaint, repainted: [box], mask: new Uint8Array(repaint.mask.length) });
      return pixelsOfCells(cells, repaint);
    });
    const allowed = pixelsOfCells(region, repaint);
    const repainted = union([...parts, repaint.mask], width * height).map((v, p) => v & (allowed[p] ?? 0));
    const feather = Math.max(1, Math.round(Math.min(width, height) / (32 * scale)));
    return { image: compose(picture, painted, repainted, { width, height, feather }), repainted, warnings };
  }

  /**
   * What a UNet of nine input channels sees beside the latents, [5, h, w].
   *
   * @param order GLIGEN's own inpainting models: the picture's latents outside of the region, then 1 outside and 0
   *   inside (diffusers, StableDiffusionGLIGENPipeline). Stable Diffusion's: 1 inside and 0 outside, then the latents
   *   of the picture without the region (StableDiffusionInpaintPipeline; the mean, not a sample, of the encoder)
   */
  async inpaintChannels(networks: Networks, order: InpaintOrder): Promise<Float32Array> {
    const { request, picture, latents } = this.input;
    const size = latents.height * latents.width;
    const region = this.held.region ?? new Uint8Array(size).fill(1);
    if (order === 'gligen') {
      const kept = this.held.clean.map((value, i) => (region[i % size] === 0 ? value : 0));
      return joined(
        kept,
        Float32Array.from(region, (value) => 1 - value),
      );
    }
    const { width, height } = request;
    const cells = this.repaint ? pixelsOfCells(region, this.repaint) : new Uint8Array(width * height).fill(1);
    const floats = floatsFromRgb(picture, width, height).map((value, i) =>
      cells[i % cells.length] === 0 ? value : 0,
    );
    const { mean } = await networks.encode(floats, latents, request.vaeTile);
    const factor = networks.model.vae.config.scalingFactor;
    return joined(Float32Array.from(region), mean.map((value) => factor * value)); // prettier-ignore
  }
}

export type InpaintOrder = 'gligen' | 'stable-diffusion';

/** The same channels when there is no picture: everything is to be painted. */
export async function emptyInpaintChannels(
  networks: Networks,
  latents: MapSize,
  order: InpaintOrder,
  tile: number | null = null,
): Promise<Float32Array> {
  const size = latents.height * latents.width;
  const { latentChannels, scale, scalingFactor } = networks.model.vae.config;
  if (order === 'gligen') return new Float32Array((latentChannels + 1) * size);
  const { mean } = await networks.encode(new Float32Array(3 * size * scale * scale), latents, tile);
  return joined(new Float32Array(size).fill(1), mean.map((value) => scalingFactor * value)); // prettier-ignore
}

function previousMask({ masks, grow }: Repaint, width: number, height: number): Uint8Array {
  const decoded = masks.map((mask) => {
    const [rows, columns] = mask.size;
    if (rows !== height || columns !== width) {
      throw new UserError(
        `A mask of ${columns} x ${rows} pixels does not fit the picture of ${width} x ${height}.`,
      );
    }
    return decodeRle(mask);
  });
  return dilate(union(decoded, width * height), width, height, grow);
}

function pixelsOfCells(cells: Uint8Array, { latents, scale }: RegionRequest): Uint8Array {
  const across = latents.width * scale;
  return Uint8Array.from(
    { length: cells.length * scale * scale },
    (_, p) => cells[Math.floor(p / across / scale) * latents.width + Math.floor((p % across) / scale)] ?? 0,
  );
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const out = new Float32Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}
