import { MAX_BOXES } from '../../../preload/contract/layout.ts';
import type { IsacSettings } from '../../../preload/contract/request.ts';
import { grad } from '../graph/autodiff.ts';
import { Graph } from '../graph/graph.ts';
import { concat } from '../graph/ops/shaping.ts';
import type { Outputs } from '../graph/onnx/part.ts';
import type { Tensor } from '../graph/ir.ts';
import { lowRankGradients } from '../graph/rewrite/lowRankGradients.ts';
import type { GradientMethod } from '../graph/vjp/vjp.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { buildObjective, objectiveInputs, objectiveSize } from '../isac/objective.ts';
import { ProbeCollection } from '../isac/probes.ts';
import type { Precision } from '../../../preload/contract/precision.ts';
import type { AppliedLora } from '../models/loraBranches.ts';
import { buildUnet, type UnetInputs, type UnetOptions } from '../models/unet/unet.ts';
import type { ModelFolder } from '../weights/modelFolder.ts';

/** GLIGEN's grounding slots (diffusers: max_objs). */
export const GROUNDING_SLOTS = MAX_BOXES;

/** Feature maps above this many pixels count as large: one image a run, probabilities recomputed. */
const LARGE_LATENTS = 32 * 32;

export const isLarge = ({ height, width }: MapSize): boolean => height * width > LARGE_LATENTS;

/** The part of the settings that shapes the graphs of the objective. */
export type ProbeSettings = Pick<
  IsacSettings,
  | 'maxProbeSide'
  | 'earlyEnd'
  | 'semantic'
  | 'mapUpsampling'
  | 'mapScale'
  | 'coordinateWeight'
  | 'kmeansIterations'
  | 'groundingLoss'
>;

/** What the objective is built for. */
export interface ObjectiveShape {
  readonly size: MapSize;
  /** Number of boxes, or of instances. */
  readonly boxes: number;
  /** Without boxes, the seeds of the clusters are sought in the attention maps. */
  readonly sought?: boolean;
  readonly settings: ProbeSettings;
  /** Parts that large attention without a probe takes its queries in; unless given, all at once. */
  readonly slices?: number;
  /** What predictions are computed in, float32 unless given; the gradient always is. */
  readonly precision?: Precision;
}

/** What a device and the model's size allow; see networks.ts for where. */
export interface UnetMethod extends GradientMethod {
  /** Attention without a probe may be one fused op. */
  readonly fused: boolean;
}

/** The graphs of a model's UNet, for sessions to run. */
export class UnetGraphs {
  private readonly model: ModelFolder;
  private readonly method: UnetMethod;
  private readonly loras: readonly AppliedLora[];
  /** Found by building the UNet, so looked up when the next job asks for the same. */
  private readonly objectiveSizes = new Map<string, MapSize>();

  constructor(model: ModelFolder, method: UnetMethod, loras: readonly AppliedLora[] = []) {
    this.loras = loras;
    this.model = model;
    this.method = method;
  }

  /** Output: prediction [batch, C, h, w]. */
  prediction(
    batch: number,
    size: MapSize,
    grounded: boolean,
    { slices = 1, precision = 'float32' }: Pick<ObjectiveShape, 'slices' | 'precision'> = {},
  ): Outputs {
    const graph = new Graph();
    const { inputs } = this.inputs(graph, batch, size, grounded);
    const { config, tensors } = this.model.unet;
    return {
      prediction: buildUnet(graph, config, tensors, inputs, {
        fused: this.method.fused,
        slices,
        precision,
        loras: this.loras,
      }),
    };
  }

  /** Outputs: the prediction and what the objective, in float32, sees on the way. */
  observation(shape: ObjectiveShape, grounded: boolean): Outputs {
    const { prediction, seen } = this.objective(shape, grounded, {
      fused: this.method.fused,
      slices: shape.slices ?? 1,
      precision: shape.precision ?? 'float32',
    });
    return { ...seen, prediction };
  }

  /** Outputs: what the objective sees and its gradient with respect to the latents [1, C, h, w]. */
  gradient(shape: ObjectiveShape, grounded: boolean): Outputs {
    const { latents, loss, seen } = this.objective(shape, grounded, {
      recompute: isLarge(shape.size),
      fused: this.method.fused,
      slices: shape.slices ?? 1,
    });
    const [gradient] = grad(loss, [latents], { ...this.method, accumulation: lowRankGradients });
    if (!gradient) throw new Error('the objective has no gradient');
    return { ...seen, gradient };
  }

  /** Size of the objective's maps for latents of a size. */
  objectiveSize(size: MapSize, settings: ProbeSettings): MapSize {
    const key = `${size.height}x${size.width} ${settings.maxProbeSide} ${settings.earlyEnd}`;
    const known = this.objectiveSizes.get(key);
    if (known) return known;
    const found = objectiveSize(this.observed(new Graph(), size, settings, true, {}).probes.probes);
    this.objectiveSizes.set(key, found);
    return found;
  }

  private objective(
    { size, boxes, sought = false, settings }: ObjectiveShape,
    grounded: boolean,
    method: UnetOptions,
  ): { latents: Tensor; prediction: Tensor; loss: Tensor; seen: Outputs } {
    const graph = new Graph();
    const { latents, prediction, probes } = this.observed(graph, size, settings, grounded, method);
    const mapSize = objectiveSize(probes.probes);
    const feeds = objectiveInputs(graph, boxes, this.tokenCount, mapSize, !sought);
    const choice = { ...settings, groundingLoss: settings.groundingLoss > 0 };
    const { loss, losses, masks, semantic, foreground } = buildObjective(probes.probes, feeds, choice);
    return { latents, prediction, loss, seen: { losses, masks, semantic, foreground } };
  }

  private observed(
    graph: Graph,
    size: MapSize,
    { maxProbeSide: maxSide, earlyEnd, semantic, groundingLoss }: ProbeSettings,
    grounded: boolean,
    method: UnetOptions,
  ): { latents: Tensor; prediction: Tensor; probes: ProbeCollection } {
    const grounding = semantic !== 'caption' || groundingLoss > 0;
    const probes = new ProbeCollection({ maxSide, earlyEnd, grounding });
    const { latents, inputs } = this.inputs(graph, 1, size, grounded);
    const { config, tensors } = this.model.unet;
    return {
      latents,
      probes,
      prediction: buildUnet(graph, config, tensors, inputs, { ...method, probes, loras: this.loras }),
    };
  }

  /** The UNet's inputs, and the latents apart from what an inpainting UNet sees beside them. */
  private inputs(
    graph: Graph,
    batch: number,
    { height, width }: MapSize,
    grounded: boolean,
  ): { latents: Tensor; inputs: UnetInputs } {
    const { inChannels, crossAttentionDim: features } = this.model.unet.config;
    const { latentChannels } = this.model.vae.config;
    const latents = graph.input('latents', 'float32', [batch, latentChannels, height, width]);
    const rest = inChannels - latentChannels;
    const inpaint = rest > 0 ? [graph.input('inpaint', 'float32', [batch, rest, height, width])] : [];
    const inputs: UnetInputs = {
      latents: concat([latents, ...inpaint], 1),
      timestep: graph.input('timestep', 'float32', [batch]),
      encoderHiddenStates: graph.input('hidden', 'float32', [batch, this.tokenCount, features]),
      objects: grounded ? graph.input('objects', 'float32', [batch, GROUNDING_SLOTS, features]) : null,
    };
    return { latents, inputs };
  }

  private get tokenCount(): number {
    return this.model.textEncoder.config.maxPositionEmbeddings;
  }
}
