import type { GenerationRequest } from '../../../preload/contract/request.ts';
import type { StepLoss } from '../../../preload/contract/result.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { lambdaFeed } from '../isac/feeds.ts';
import { balanced } from '../isac/latentStep.ts';
import { lambdasAt, Turns, type Lambdas } from '../isac/schedule.ts';
import { boxCover } from '../masks/assignment.ts';
import { Cancelled } from './cancelled.ts';
import type { Denoiser, Descent, Feeds, Guided, Observation } from './denoiser.ts';
import { DAMAGED_WEIGHTS, GROWN_VALUES, LEAVES_FLOAT16, requireFinite } from './finite.ts';
import { guide } from './guidance.ts';
import { beginAt, blend, descendInside, inside, pictureAt, type HeldPicture } from './heldPicture.ts';
import { MaskAverage, type SoftMasks } from './maskAverage.ts';
import { maskOrder, semanticOverlap, type MaskOrder } from './maskOrder.ts';
import type { Scheduler, SchedulerStep } from './schedulers/scheduler.ts';
import type { TorchGenerator } from './torchGenerator.ts';

/** One denoising step, as it is shown while the image emerges. */
export interface StepEvent {
  /** 1 to steps. */
  readonly step: number;
  readonly steps: number;
  readonly loss: StepLoss;
  /** The latents after this step. */
  readonly latents: Float32Array;
  /** The present estimate of the finished latents. */
  readonly denoised: Float32Array;
  /** Instance masks in box order, [boxes, HW], values 0..1. */
  readonly masks: Float32Array;
  /** What the masks were cut from, [HW], 0..1. */
  readonly foreground: Float32Array;
  readonly maskSize: MapSize;
}

export interface SamplingContext {
  readonly request: GenerationRequest;
  readonly denoiser: Denoiser;
  readonly scheduler: Scheduler;
  readonly feeds: Feeds;
  readonly maskSize: MapSize;
  readonly latentSize: MapSize;
  /** Timesteps the model was trained with, T of the schedule. */
  readonly trainTimesteps: number;
  /** The picture that the run begins with; null: it begins with noise. */
  readonly picture: HeldPicture | null;
  /** Polled between two model runs. */
  readonly shouldStop: () => boolean;
}

/** What one step's model runs found. */
interface Looked {
  readonly seen: Observation;
  readonly guided: Guided;
  readonly gradientNorm: number;
}

export interface Sampled {
  readonly latents: Float32Array;
  readonly masks: SoftMasks;
  readonly losses: readonly StepLoss[];
  /** Worst pairwise Dice of the boxes' semantic maps at the first and the last step. */
  readonly overlap: { readonly first: number; readonly last: number };
}

/** Masks of steps with t / T above this still show the noise more than the picture. */
const MASKS_FROM_PROGRESS = 0.6;

/** From this t / T on a repainted region is no longer its boxes' rectangles but where their objects are seen. */
const REGION_FROM_PROGRESS = 0.4;

/**
 * A loss below this is as good as zero (a bound pair with attributes in place). Its gradient is not, and the normalised rule
 * would blow the rest up to a full step.
 */
const NOTHING_TO_GAIN = 1e-4;

/** One image on its way from noise to latents; each call of `advance` is one denoising step. */
export class SamplingTrack {
  private readonly context: SamplingContext;
  private readonly generator: TorchGenerator;
  private readonly noise: Float32Array;
  private readonly scheduler: Scheduler;
  private readonly average: MaskAverage;
  private readonly inOrder: MaskOrder;
  private readonly turns = new Turns();
  private readonly losses: StepLoss[] = [];
  private readonly overlaps: number[] = [];
  private latents: Float32Array;
  /** Latent cells that may change, of a picture that is repainted in part. */
  private region: Uint8Array | null;
  /** Latent cells that ISAC may change; null: all. */
  private readonly boxRegion: Uint8Array | null;
  private index = 0;

  /** @param noise standard normal, [C, h, w] */
  constructor(
    context: SamplingContext,
    scheduler: Scheduler,
    noise: Float32Array,
    generator: TorchGenerator,
  ) {
    this.context = context;
    this.scheduler = scheduler;
    this.generator = generator;
    this.noise = noise;
    const { picture } = context;
    this.region = picture?.region ?? null;
    this.latents = picture
      ? beginAt(picture, noise, scheduler)
      : noise.map((value) => value * scheduler.initNoiseSigma);
    this.boxRegion = boxRegion(context);
    this.average = new MaskAverage(context.maskSize);
    this.inOrder = maskOrder(context.request, context.maskSize);
  }

  /** Sum of the objective over the steps so far (algorithm 2). */
  get score(): number {
    return this.losses.reduce((sum, { total }) => sum + total, 0);
  }

  get finished(): boolean {
    return this.index >= this.scheduler.timesteps.length;
  }

  /** @throws Cancelled; UserError when a network, ISAC's objective or the sampler leaves the numbers behind */
  async advance(): Promise<StepEvent> {
    const { request, maskSize } = this.context;
    const i = this.index++;
    const timestep = this.scheduler.timesteps[i] ?? 0;
    const steps = this.scheduler.timesteps.length;
    const grounded = i < Math.floor(request.groundingShare * steps);
    const optimised = this.isOptimised(i, steps) ? await this.optimise(i, timestep, grounded) : null;
    const { seen, guided, gradientNorm } = optimised ?? (await this.observe(i, timestep, grounded));
    // The prediction first: where it is broken, what is seen in the same run is broken, too.
    this.check(guided.unconditional, 'The UNet', i);
    this.check(guided.conditional, 'The UNet', i);
    this.checkSeen(seen, i);
    const prediction = guide(guided.unconditional, guided.conditional, request.guidanceScale);
    const noise = this.scheduler.needsNoise ? this.generator.randn(this.latents.length) : undefined;
    const stepped = this.scheduler.step(prediction, i, this.latents, noise);

    const masks = seen.grounding ?? this.inOrder(seen);
    const progress = timestep / this.context.trainTimesteps;
    if (progress <= MASKS_FROM_PROGRESS || i === steps - 1) this.average.add(masks, seen.foreground);
    const { latents, denoised } = this.keepPicture(stepped, i + 1, progress);
    for (const values of [latents, denoised])
      this.check(values, `The sampler ${request.sampler}`, i, GROWN_VALUES);
    this.latents = latents;
    this.overlaps.push(semanticOverlap(request, seen.semantic, maskSize.height * maskSize.width));
    const loss = lossOf(i + 1, timestep, seen.losses, gradientNorm);
    this.losses.push(loss);
    return { step: i + 1, steps, loss, latents, denoised, masks, foreground: seen.foreground, maskSize };
  }

  /** Algorithm 1: the latents go down the objective; predictions of the step. */
  private async optimise(i: number, timestep: number, grounded: boolean): Promise<Looked> {
    const { request, denoiser } = this.context;
    const { stepRule, strength, iterations } = request.isac;
    const region = intersection(this.region, this.boxRegion);
    let seen: Observation | null = null;
    let gradientNorm = 0;
    let guided: Guided | null = null;
    for (let round = 0; round < iterations; round++) {
      const input = this.scheduler.scaleModelInput(this.latents, i);
      const weights = this.weightsAt(i, timestep);
      const feeds = this.feedsAt(i, timestep, weights);
      const result = await this.run(() => denoiser.gradient(input, timestep, grounded, feeds));
      this.checkSeen(result.seen, i);
      const slopes =
        result.gradient instanceof Float32Array ? [result.gradient] : Object.values(result.gradient);
      for (const slope of slopes) this.check(slope, "The gradient of ISAC's objective", i);
      seen = seen ?? result.seen;
      const { conditional } = result;
      if (conditional && round === iterations - 1) {
        // Both predictions are of the same latents: what was changed since is no part of the noise, so it stays in the picture.
        const unconditional = await this.run(() => denoiser.predictUnconditional(input, timestep, grounded));
        guided = { conditional, unconditional };
      }
      const gradient = this.weighed(result, weights, region);
      const moved = gradient && descendInside(input, gradient, region, stepRule, strength);
      if (!moved) break;
      gradientNorm = moved.norm;
      this.latents = this.unscaled(moved.latents, i);
    }
    const input = this.scheduler.scaleModelInput(this.latents, i);
    guided ??= await this.run(() => denoiser.predict(input, timestep, grounded));
    if (!seen) throw new Error('a guided step needs an iteration');
    return { seen, guided, gradientNorm };
  }

  /** A step that is only looked at. */
  private async observe(i: number, timestep: number, grounded: boolean): Promise<Looked> {
    const { denoiser } = this.context;
    const input = this.scheduler.scaleModelInput(this.latents, i);
    const lambdas = this.lambdasAt(i, timestep);
    const feeds = this.feedsAt(i, timestep, lambdas);
    const { seen, ...guided } = await this.run(() => denoiser.observe(input, timestep, grounded, feeds));
    return { seen, guided, gradientNorm: 0 };
  }

  /** What each phase weighs in a step: its lambda, or whether it is its turn. */
  private weightsAt(i: number, timestep: number): Lambdas {
    const lambdas = this.lambdasAt(i, timestep);
    return this.context.request.isac.balance === 'turns' ? this.turns.next(lambdas) : lambdas;
  }

  /** The gradient to go down; null where its losses are as good as zero. */
  private weighed(
    { gradient, seen: { losses } }: Descent,
    weights: Lambdas,
    region: Uint8Array | null,
  ): Float32Array | null {
    const { balance, groundingLoss } = this.context.request.isac;
    const [instance = 0, semantic = 0, grounding = 0, total = 0] = losses;
    const worth = { instance, semantic: semantic + groundingLoss * grounding };
    if (balance === 'sum')
      return gradient instanceof Float32Array && total >= NOTHING_TO_GAIN ? gradient : null;
    const own = {
      instance: worth.instance < NOTHING_TO_GAIN ? 0 : weights.instance,
      semantic: worth.semantic < NOTHING_TO_GAIN ? 0 : weights.semantic,
    };
    if (own.instance === 0 && own.semantic === 0) return null;
    if (gradient instanceof Float32Array) return gradient;
    return balanced(
      { instance: inside(gradient.instance, region), semantic: inside(gradient.semantic, region) },
      own,
    );
  }

  /** @throws UserError when what came out of a network or the sampler at a step holds NaN or infinity */
  private check(
    values: Float32Array,
    network: string,
    i: number,
    cause = i === 0 ? DAMAGED_WEIGHTS : GROWN_VALUES,
  ): void {
    const remedy = this.context.request.precision === 'float16' ? LEAVES_FLOAT16 : cause;
    requireFinite(values, { network, step: i + 1, steps: this.scheduler.timesteps.length, remedy });
  }

  private checkSeen({ losses, masks, semantic, foreground }: Observation, i: number): void {
    for (const values of [losses, masks, semantic, foreground]) {
      this.check(values, "The attention of the UNet or ISAC's objective", i);
    }
  }

  /** What is not to be repainted is the picture's again: in the latents of the next step, and in the preview. */
  private keepPicture(
    { previous, denoised }: SchedulerStep,
    next: number,
    progress: number,
  ): { latents: Float32Array; denoised: Float32Array } {
    const { picture } = this.context;
    if (!picture || !this.region) return { latents: previous, denoised };
    if (progress <= REGION_FROM_PROGRESS) this.region = picture.narrow(this.average.mean());
    const kept = pictureAt(picture.clean, this.noise, this.scheduler, next);
    return {
      latents: blend(previous, kept, this.region),
      denoised: blend(denoised, picture.clean, this.region),
    };
  }

  result(): Sampled {
    return {
      latents: this.latents,
      masks: this.average.mean(),
      losses: this.losses,
      overlap: { first: this.overlaps[0] ?? 0, last: this.overlaps.at(-1) ?? 0 },
    };
  }

  private isOptimised(i: number, steps: number): boolean {
    const { first, end } = this.guidedSteps(steps);
    return this.context.request.isac.method === 'lo' && i >= first && i < end;
  }

  /** The first guided step, and the first one after them. */
  private guidedSteps(steps: number): { first: number; end: number } {
    const { firstStep, lastStep } = this.context.request.isac;
    return { first: Math.floor(firstStep * steps), end: Math.ceil(lastStep * steps) };
  }

  private lambdasAt(i: number, timestep: number): Lambdas {
    const { method, schedule, scheduleOver } = this.context.request.isac;
    const { first, end } = this.guidedSteps(this.scheduler.timesteps.length);
    const through = method === 'lo' && scheduleOver === 'guided' && end > first;
    const progress = through
      ? Math.min(1, Math.max(0, 1 - (i - first + 0.5) / (end - first)))
      : timestep / this.context.trainTimesteps;
    return lambdasAt(schedule, progress);
  }

  private feedsAt(i: number, timestep: number, { instance, semantic }: Lambdas): Feeds {
    const lambdas = lambdaFeed(this.lambdasAt(i, timestep), this.context.request.isac.groundingLoss);
    return { ...this.context.feeds, lambdas, turn: new Float32Array([instance, semantic]) };
  }

  /** Undoes scaleModelInput, which multiplies by one number. */
  private unscaled(input: Float32Array, i: number): Float32Array {
    const factor = this.scheduler.scaleModelInput(new Float32Array([1]), i)[0] ?? 1;
    return factor === 1 ? input : input.map((value) => value / factor);
  }

  /** A model run, with a chance to stop before it: messages are only read between two runs. */
  private async run<T>(job: () => Promise<T>): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.context.shouldStop()) throw new Cancelled();
    return job();
  }
}

/** Cells that any box touches; null when ISAC may change the whole image. */
function boxRegion({ request: { boxes, isac }, latentSize }: SamplingContext): Uint8Array | null {
  if (isac.region === 'image' || boxes.length === 0) return null;
  const { width, height } = latentSize;
  const covers = boxes.map(({ box }) => boxCover(box, width, height));
  return Uint8Array.from({ length: width * height }, (_, p) => (covers.some((cover) => (cover[p] ?? 0) > 0) ? 1 : 0)); // prettier-ignore
}

/** Cells in both; null stands for all cells. */
const intersection = (a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null =>
  a && b ? a.map((value, p) => (value !== 0 && b[p] !== 0 ? 1 : 0)) : (a ?? b);

function lossOf(step: number, timestep: number, losses: Float32Array, gradientNorm: number): StepLoss {
  const [instance = 0, semantic = 0, grounding = 0, total = 0] = losses;
  return { step, timestep, instance, semantic, grounding, total, gradientNorm };
}
