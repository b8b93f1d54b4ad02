import { MAX_BOXES } from '../../../preload/contract/layout.ts';
import type { IsacSettings, PhaseBalance } from '../../../preload/contract/isac.ts';
import { grad } from '../graph/autodiff.ts';
import { Graph } from '../graph/graph.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { concat, reshape, slice } from '../graph/ops/shaping.ts';
import type { Outputs } from '../graph/onnx/part.ts';
import type { GraphBuilder, Tensor } from '../graph/ir.ts';
import { lowRankGradients } from '../graph/rewrite/lowRankGradients.ts';
import type { GradientMethod } from '../graph/vjp/vjp.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { objectiveInputs, objectiveSizes, type ObjectiveSizes } from '../isac/inputs.ts';
import { buildObjective, type Objective, type ObjectiveSettings } from '../isac/objective.ts';
import { chosenSites, ProbeCollection, SiteCollection } from '../isac/probes.ts';
import type { ProbeSite } from '../models/probe.ts';
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
export type GraphSettings = ObjectiveSettings &
  Pick<
    IsacSettings,
    'maxProbeSide' | 'minProbeSide' | 'semanticSide' | 'earlyEnd' | 'masks' | 'balance' | 'reusePrediction'
  >;

/** What the objective is built for. */
export interface ObjectiveShape {
  readonly size: MapSize;
  /** Number of boxes, or of instances. */
  readonly boxes: number;
  /** Without boxes, the seeds of the clusters are sought in the attention maps. */
  readonly sought?: boolean;
  readonly settings: GraphSettings;
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
  private readonly sites = new Map<string, readonly ProbeSite[]>();

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

  /**
   * Outputs: what the objective sees and its gradient with respect to the latents [1, C, h, w], or one for each phase; the
   * prediction that it was made from, where that is used again.
   */
  gradient(shape: ObjectiveShape, grounded: boolean): Outputs {
    const { latents, prediction, objective, seen } = this.objective(shape, grounded, {
      recompute: isLarge(shape.size),
      fused: this.method.fused,
      slices: shape.slices ?? 1,
    });
    const { balance, reusePrediction } = shape.settings;
    const gradients = Object.fromEntries(
      Object.entries(descended(objective, balance, latents.graph)).map(([name, loss]) => [
        name,
        this.gradientOf(loss, latents),
      ]),
    );
    return { ...seen, ...gradients, ...(reusePrediction ? { prediction } : {}) };
  }

  /** Sizes of the objective's maps for latents of a size. */
  objectiveSizes(size: MapSize, settings: GraphSettings): ObjectiveSizes {
    return objectiveSizes(this.chosen(size, settings, true));
  }

  private gradientOf(loss: Tensor, latents: Tensor): Tensor {
    const [gradient] = grad(loss, [latents], { ...this.method, accumulation: lowRankGradients });
    if (!gradient) throw new Error('the objective has no gradient');
    return gradient;
  }

  private objective(
    { size, boxes, sought = false, settings }: ObjectiveShape,
    grounded: boolean,
    method: UnetOptions,
  ): { latents: Tensor; prediction: Tensor; objective: Objective; seen: Outputs } {
    const graph = new Graph();
    const chosen = this.chosen(size, settings, grounded);
    const probes = new ProbeCollection(chosen);
    const { latents, inputs } = this.inputs(graph, 1, size, grounded);
    const { config, tensors } = this.model.unet;
    const prediction = buildUnet(graph, config, tensors, inputs, { ...method, probes, loras: this.loras });
    const feeds = objectiveInputs(graph, boxes, this.tokenCount, objectiveSizes(chosen), !sought);
    const objective = buildObjective(probes.probes, feeds, settings);
    const { losses, masks, semantic, foreground, grounding } = objective;
    const own = settings.masks === 'grounding' && grounding ? { grounding } : {};
    return { latents, prediction, objective, seen: { losses, masks, semantic, foreground, ...own } };
  }

  /** The attention maps that take part. Where a model has attention is found by building it once for each size. */
  private chosen(size: MapSize, settings: GraphSettings, grounded: boolean): ProbeSite[] {
    const { maxProbeSide: maxSide, minProbeSide: minSide, semanticSide, earlyEnd } = settings;
    const { semantic, groundingLoss, masks } = settings;
    const grounding = semantic !== 'caption' || groundingLoss > 0 || masks === 'grounding';
    const key = `${size.height}x${size.width} ${grounded}`;
    const sites = this.sites.get(key) ?? this.sitesAt(size, grounded);
    this.sites.set(key, sites);
    return chosenSites(sites, { maxSide, minSide, semanticSide, earlyEnd, grounding });
  }

  private sitesAt(size: MapSize, grounded: boolean): readonly ProbeSite[] {
    const probes = new SiteCollection();
    const { config, tensors } = this.model.unet;
    const graph = new Graph();
    buildUnet(graph, config, tensors, this.inputs(graph, 1, size, grounded).inputs, { probes });
    return probes.sites;
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

/** The losses whose gradients a step needs, by the names of their outputs. */
function descended(
  { loss, phases: { instance, semantic } }: Objective,
  balance: PhaseBalance,
  graph: GraphBuilder,
): Record<string, Tensor> {
  switch (balance) {
    case 'sum':
      return { gradient: loss };
    case 'norm':
      return { gradient_instance: instance, gradient_semantic: semantic };
    case 'turns': {
      const turn = graph.input('turn', 'float32', [2]);
      const weight = (index: number): Tensor => reshape(slice(turn, 0, index, index + 1), []);
      return { gradient: add(mul(weight(0), instance), mul(weight(1), semantic)) };
    }
  }
}
