import { subjectsOf } from '../../../preload/contract/instances.ts';
import { presetOf } from '../../../preload/contract/isacPresets.ts';
import type { IsacSettings } from '../../../preload/contract/isac.ts';
import type { GenerationRequest } from '../../../preload/contract/request.ts';
import type { GenerationResult } from '../../../preload/contract/result.ts';
import type { Stage } from '../../../preload/contract/engine.ts';
import { UserError } from '../errors.ts';
import { objectiveFeeds } from '../isac/feeds.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { refineMasks } from '../masks/refine.ts';
import { encodeRle } from '../masks/rle.ts';
import type { Provider } from '../runtime/session.ts';
import { captionTokens } from '../text/boxTokens.ts';
import { ClipTokenizer } from '../text/clipTokenizer.ts';
import { instanceTokens } from '../text/instanceTokens.ts';
import { promptNotes } from '../text/promptNotes.ts';
import { weightsHash, type ModelFolder } from '../weights/modelFolder.ts';
import { openModel, type ModelSource } from '../weights/openModel.ts';
import { boxResults } from './boxResults.ts';
import { selectLatents } from './latentSelection.ts';
import { LoraShelf } from './loraShelf.ts';
import { Networks } from './networks.ts';
import { scheduleOf } from './requestScheduler.ts';
import { rgbFromFloats } from './rgb.ts';
import { SamplingTrack, type Sampled, type SamplingContext, type StepEvent } from './sampling.ts';
import { emptyInpaintChannels, SourcePicture, type InpaintOrder } from './sourcePicture.ts';
import { Stopwatch } from './stopwatch.ts';
import { TorchGenerator } from './torchGenerator.ts';
import type { UnetJob } from './unetDenoiser.ts';
import type { GraphSettings } from './unetGraphs.ts';
import { weightBytes } from './weightBytes.ts';

export interface PipelineCallbacks {
  stage(stage: Stage): void;
  /** Awaited before the next step. */
  step(event: StepEvent): void | Promise<void>;
  /** Polled between two model runs; true ends the job with `Cancelled`. */
  shouldStop(): boolean;
}

export interface PipelineOutput {
  readonly width: number;
  readonly height: number;
  /** RGB, rows from the top. */
  readonly image: Uint8Array;
  /** One mask per box, image size, 0 or 1, disjoint. */
  readonly masks: readonly Uint8Array[];
  /** All but what only the caller knows. */
  readonly result: Omit<GenerationResult, 'model' | 'versions'>;
}

/**
 * A layout in, an image and one dense mask per box out: GLIGEN with ISAC on one model and one device
 * (diffusers' StableDiffusionGLIGENPipeline, with algorithm 1 or 2 of arXiv 2505.20935 between its steps).
 */
export class Pipeline {
  readonly model: ModelFolder;
  private readonly networks: Networks;
  private readonly tokenizer: ClipTokenizer;
  private readonly provider: Provider;
  private readonly loras: LoraShelf;
  private readonly inpaintOrder: InpaintOrder;

  private constructor(
    model: ModelFolder,
    networks: Networks,
    provider: Provider,
    inpaintOrder: InpaintOrder,
  ) {
    this.inpaintOrder = inpaintOrder;
    this.model = model;
    this.networks = networks;
    this.loras = new LoraShelf(model);
    this.provider = provider;
    this.tokenizer = new ClipTokenizer(model.tokenizer);
  }

  /**
   * Opens a model: a diffusers folder, a folder and an adapter, or a checkpoint in one file. Nothing is loaded yet
   * but configs and tensor directories.
   *
   * @throws UserError when it is not a GLIGEN model, and says what is missing
   */
  static async open(source: ModelSource | string, provider: Provider): Promise<Pipeline> {
    const model = await openModel(source);
    requireLatentChannels(model);
    // An adapter brings GLIGEN's layers to a UNet whose first layer is still Stable Diffusion's own.
    const adapted = typeof source === 'object' && 'adapter' in source && source.adapter !== null;
    const order = adapted || !model.gligen ? 'stable-diffusion' : 'gligen';
    return new Pipeline(model, new Networks(model, provider, weightBytes(model)), provider, order);
  }

  /** SHA-256 of the weights, as result.json states it. Reads every file once. */
  weightsHash(): Promise<string> {
    return weightsHash(this.model);
  }

  /** The size the model was trained for, in pixels. */
  get nativeSize(): { width: number; height: number } {
    const { sampleSize } = this.model.unet.config;
    const [height, width] = [sampleSize?.[0] ?? 64, sampleSize?.[1] ?? 64];
    return { width: width * this.scale, height: height * this.scale };
  }

  /** What sides are multiples of so that every level of the UNet halves evenly. */
  get sizeMultiple(): number {
    return this.scale * 2 ** (this.model.unet.config.blockOutChannels.length - 1);
  }

  /**
   * @param picture RGB, rows from the top: what `request.source` names; null when it names nothing
   * @throws Cancelled; UserError when the request does not fit the model, or the picture the request
   */
  async generate(
    request: GenerationRequest,
    callbacks: PipelineCallbacks,
    picture: Uint8Array | null = null,
  ): Promise<PipelineOutput> {
    const watch = new Stopwatch();
    const size = this.latentSize(request);
    const boxes = subjectsOf(request).map(({ box }) => box);
    const runsBefore = { ...this.networks.runs };
    if (request.precision === 'float16') await this.networks.requireFloat16();

    callbacks.stage('encoding');
    const { chosen } = await this.loras.stack(request.loras);
    const generator = new TorchGenerator(request.seed);
    const { context, noiseSize, warnings, source, still } = await watch.time('encoding', async () => {
      const encoded = await this.encodeSource(request, picture, size, generator);
      return { source: encoded, ...(await this.prepare(request, size, callbacks, encoded)) };
    });

    callbacks.stage('sampling');
    const { sampled, scores } = await watch.time('sampling', () =>
      this.sample(context, noiseSize, callbacks, generator),
    );

    callbacks.stage('decoding');
    const painted =
      source && still
        ? source.bytes
        : await watch.time('decoding', async () =>
            rgbFromFloats(
              await this.networks.decode(sampled.latents, size, request.vaeTile),
              request.width,
              request.height,
            ),
          );

    callbacks.stage('masking');
    const { masks } = await watch.time('masking', () => {
      const { soft, foreground, width, height } = sampled.masks;
      const { width: imageWidth, height: imageHeight } = request;
      const maps = { soft, count: boxes.length, mapWidth: width, mapHeight: height, foreground };
      return refineMasks({ ...maps, image: painted, width: imageWidth, height: imageHeight, boxes });
    });
    const {
      image,
      repainted,
      warnings: late,
    } = source && !still ? source.finish(painted, masks) : { image: painted, repainted: null, warnings: [] };

    const runs = Object.entries(this.networks.runs).map(([name, count]) => [
      name,
      count - (runsBefore[name] ?? 0),
    ]);
    return {
      width: request.width,
      height: request.height,
      image,
      masks,
      result: {
        version: 1,
        request: { ...request, loras: [...chosen] },
        device: this.provider,
        seconds: watch.seconds,
        runs: Object.fromEntries(runs) as Record<string, number>,
        preset: request.isac.method === 'none' ? null : presetOf(request.isac),
        maskSource: graphSettings(request).masks,
        losses: still ? [] : [...sampled.losses],
        ...(scores ? { candidates: [...scores] } : {}),
        maskOverlap: sampled.overlap,
        boxes: boxResults(request, masks),
        ...(repainted ? { repainted: encodeRle(repainted, request.width, request.height) } : {}),
        warnings: [...warnings, ...late],
      },
    };
  }

  /**
   * Latents as RGB bytes, rows from the top: the picture so far while sampling runs.
   *
   * @param image the request: its size in pixels, and whether the decoder works in tiles
   */
  async decode(
    latents: Float32Array,
    image: Pick<GenerationRequest, 'width' | 'height' | 'vaeTile'>,
  ): Promise<Uint8Array> {
    const size = { width: image.width / this.scale, height: image.height / this.scale };
    const pixels = await this.networks.decode(latents, size, image.vaeTile);
    return rgbFromFloats(pixels, image.width, image.height);
  }

  /** Pooled text states [D] of phrases: what grounds a box, and what tells how alike two phrases are. */
  async embedPhrases(phrases: readonly string[]): Promise<Float32Array[]> {
    const pooled: Float32Array[] = [];
    for (const phrase of phrases) {
      pooled.push((await this.networks.encodeText(this.tokenizer.encode(phrase).ids)).pooled);
    }
    return pooled;
  }

  async release(): Promise<void> {
    await this.networks.release();
  }

  private get scale(): number {
    return 2 ** (this.model.vae.config.blockOutChannels.length - 1);
  }

  private latentSize({ width, height }: GenerationRequest): MapSize {
    if (width % this.scale !== 0 || height % this.scale !== 0) {
      throw new UserError(
        `The size ${width} x ${height} is not possible: this model wants multiples of ${this.scale}.`,
      );
    }
    return { width: width / this.scale, height: height / this.scale };
  }

  private async encodeSource(
    request: GenerationRequest,
    picture: Uint8Array | null,
    latents: MapSize,
    generator: TorchGenerator,
  ): Promise<SourcePicture | null> {
    if (request.source === undefined) return null;
    if (picture === null) {
      throw new UserError(
        `The source picture ${request.source.image.slice(0, 12)} did not come with the request.`,
      );
    }
    const { scale } = this.model.vae.config;
    return SourcePicture.encode({ request, picture, latents, scale }, this.networks, generator);
  }

  /** What an inpainting UNet sees beside the latents; null for a UNet that sees nothing else. */
  private async inpaintChannels(
    source: SourcePicture | null,
    size: MapSize,
    tile: number | undefined,
  ): Promise<Float32Array | null> {
    const { unet, vae } = this.model;
    if (unet.config.inChannels === vae.config.latentChannels) return null;
    return source
      ? source.inpaintChannels(this.networks, this.inpaintOrder)
      : emptyInpaintChannels(this.networks, size, this.inpaintOrder, tile);
  }

  /** Text, grounding tokens, the objective's feeds and the scheduler of a request. */
  private async prepare(
    request: GenerationRequest,
    size: MapSize,
    callbacks: PipelineCallbacks,
    source: SourcePicture | null,
  ): Promise<{ context: SamplingContext; noiseSize: number; warnings: string[]; still: boolean }> {
    const { networks, tokenizer, model } = this;
    const loras = await this.loras.stack(request.loras);
    await networks.makeRoom(loras);
    const boxes = request.boxes.map(({ box }) => box);
    const phrases = request.boxes.map(({ phrase }) => phrase);
    const caption = tokenizer.encode(request.caption);
    const sought = boxes.length === 0;
    const tokens = sought
      ? { boxes: instanceTokens(request.caption, request.instances, caption), warnings: [] }
      : captionTokens(request.caption, phrases, caption);

    const pooled: Float32Array[] = [];
    const encodedPhrases = phrases.map((phrase) => tokenizer.encode(phrase));
    for (const { ids } of encodedPhrases) pooled.push((await networks.encodeText(ids, loras)).pooled);
    const negative = tokenizer.encode(request.negative);
    const conditional = {
      hidden: (await networks.encodeText(caption.ids, loras)).hidden,
      objects: await networks.groundingTokens(boxes, pooled),
    };
    const unconditional = {
      hidden: (await networks.encodeText(negative.ids, loras)).hidden,
      objects: await networks.groundingTokens([], []),
    };

    const { isac } = request;
    const settings = graphSettings(request);
    const sizes = networks.objectiveSizes(size, settings);
    const maskSize = sizes.size;
    const ids = request.boxes.map(({ id }) => id);
    const exempt = request.bind.map(([a, b]): [number, number] => [ids.indexOf(a), ids.indexOf(b)]);
    const { scheduler, trainTimesteps, still } = scheduleOf(request, model.scheduler);
    // A picture that stays as it is is only looked at.
    const run: GenerationRequest = still ? { ...request, isac: { ...isac, method: 'none' } } : request;
    const warnings = [
      ...tokens.warnings,
      ...loras.notes,
      ...promptNotes([
        { name: 'The caption', text: request.caption, encoded: caption },
        { name: 'The negative prompt', text: request.negative, encoded: negative },
        ...request.boxes.flatMap(({ id, phrase: text }, k) => {
          const encoded = encodedPhrases[k];
          return encoded === undefined ? [] : [{ name: `The phrase of box "${id}"`, text, encoded }];
        }),
      ]),
    ];
    if (isac.method === 'lo' && scheduler.usesHistory) {
      warnings.push(`The sampler ${request.sampler} remembers earlier steps, so ISAC's changes take effect late; ddim and euler do not.`); // prettier-ignore
    }
    return {
      noiseSize: model.vae.config.latentChannels * size.width * size.height,
      warnings,
      still,
      context: {
        request: run,
        denoiser: networks.denoiser({
          loras,
          conditional,
          unconditional,
          size,
          boxes: tokens.boxes.length,
          sought,
          settings,
          slices: request.attentionSlices ?? 1,
          precision: request.precision ?? 'float32',
          inpaint: await this.inpaintChannels(source, size, request.vaeTile),
          ...graphsNeeded(run, scheduler.timesteps.length),
        }),
        scheduler,
        feeds: objectiveFeeds(
          { boxes, tokens: tokens.boxes, exempt, words: caption.ranges.map((range) => range !== null) },
          sizes,
          settings,
        ),
        maskSize,
        latentSize: size,
        trainTimesteps,
        picture: source?.held ?? null,
        shouldStop: callbacks.shouldStop,
      },
    };
  }

  private async sample(
    context: SamplingContext,
    noiseSize: number,
    callbacks: PipelineCallbacks,
    generator: TorchGenerator,
  ): Promise<{ sampled: Sampled; scores: readonly (number | null)[] | null }> {
    const { request } = context;
    if (request.isac.method !== 'ls') {
      const track = new SamplingTrack(context, context.scheduler, generator.randn(noiseSize), generator);
      while (!track.finished) await callbacks.step(await track.advance());
      return { sampled: track.result(), scores: null };
    }
    // The first candidate is the image that the seed gives without selection.
    const tracks = Array.from({ length: request.isac.candidates }, () => {
      const { scheduler } = scheduleOf(request, this.model.scheduler);
      return new SamplingTrack(context, scheduler, generator.randn(noiseSize), generator);
    });
    const { best, scores } = await selectLatents(tracks, request.isac.halving, callbacks.step);
    return { sampled: best.result(), scores };
  }
}

/** The settings that shape the objective's graphs, as far as the request has what they ask for. */
function graphSettings({ boxes, groundingShare, isac }: GenerationRequest): GraphSettings {
  // Without boxes there are no grounding tokens.
  if (boxes.length === 0)
    return { ...pickSettings(isac), semantic: 'caption', groundingLoss: 0, masks: 'clusters' };
  // Later steps without grounding could not say whose a pixel is.
  return { ...pickSettings(isac), masks: groundingShare < 1 ? 'clusters' : isac.masks };
}

function pickSettings(isac: IsacSettings): GraphSettings {
  const { maxProbeSide, minProbeSide, semanticSide, earlyEnd, balance, reusePrediction, masks } = isac;
  const { semantic, mapUpsampling, mapScale, layerWeights, wordShare, overlap, presence, groundingLoss } =
    isac;
  const { features, coordinateWeight, kmeansIterations, seeds } = isac;
  return { maxProbeSide, minProbeSide, semanticSide, earlyEnd, balance, reusePrediction, masks, semantic, mapUpsampling, mapScale, layerWeights, wordShare, overlap, presence, groundingLoss, features, coordinateWeight, kmeansIterations, seeds }; // prettier-ignore
}

/** @throws UserError for a UNet that sees something beside latents that is not a mask and masked latents */
function requireLatentChannels({ path, unet, vae }: ModelFolder): void {
  const { inChannels } = unet.config;
  const { latentChannels } = vae.config;
  if (inChannels === latentChannels || inChannels === 2 * latentChannels + 1) return;
  throw new UserError(
    `${path}: the UNet has ${inChannels} input channels; ${latentChannels}, or ${2 * latentChannels + 1} of an ` +
      'inpainting model, are understood.',
  );
}

/** Which of the UNet's graphs a request's steps will run. */
function graphsNeeded(
  { isac, groundingShare }: GenerationRequest,
  steps: number,
): Pick<UnetJob, 'kinds' | 'grounded'> {
  const always =
    isac.method === 'lo' &&
    Math.floor(isac.firstStep * steps) === 0 &&
    Math.ceil(isac.lastStep * steps) >= steps;
  const groundedSteps = Math.floor(groundingShare * steps);
  return {
    kinds: isac.method !== 'lo' ? ['observe'] : always ? ['gradient'] : ['observe', 'gradient'],
    grounded: groundedSteps === 0 ? [false] : groundedSteps >= steps ? [true] : [true, false],
  };
}
