import { statSync } from 'node:fs';
import { subjectsOf } from '../../preload/contract/instances.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import { Cancelled } from '../engine/diffusion/cancelled.ts';
import { Pipeline } from '../engine/diffusion/pipeline.ts';
import type { StepEvent } from '../engine/diffusion/sampling.ts';
import { weightBytes } from '../engine/diffusion/weightBytes.ts';
import { messageOf, UserError } from '../engine/errors.ts';
import { stepMasks } from '../engine/masks/stepMasks.ts';
import type { Provider } from '../engine/runtime/session.ts';
import { weightFiles } from '../engine/weights/modelFolder.ts';
import { openModel, type ModelSource } from '../engine/weights/openModel.ts';
import { embedRequest } from '../projects/embeddedRequest.ts';
import { embedSource } from '../projects/embeddedSource.ts';
import { sourcePixels } from '../projects/sourcePictures.ts';
import { programVersions } from './appRoot.ts';
import { chooseProvider, providerSentence } from './deviceProbe.ts';
import type { JobContext, JobRunner, Question } from './jobRunner.ts';
import { findModel } from './models.ts';
import { encodeMask, encodePng, toBase64 } from './png.ts';

/** Previews may take at most this share of the time since the job began. */
const PREVIEW_SHARE = 0.2;

interface Loaded {
  readonly key: string;
  readonly pipeline: Pipeline;
  readonly provider: Provider;
  /** Of the weights; null until a result wants it, as every file is read for it. */
  sha256: string | null;
  /** What the files looked like when they were opened. */
  readonly stamps: string;
}

/** The engine behind the protocol: opens models, keeps the last one, turns pictures and masks into PNGs. */
export class PipelineRunner implements JobRunner {
  private loaded: Loaded | null = null;

  versions(): Record<string, string> {
    return programVersions();
  }

  async unload(): Promise<void> {
    const { loaded } = this;
    this.loaded = null;
    await loaded?.pipeline.release();
  }

  async run(request: GenerationRequest, context: JobContext): ReturnType<JobRunner['run']> {
    const began = performance.now();
    context.stage('loading');
    const { id, folder, source } = findModel(request.model);
    const loaded = await this.load(source, request.device);
    const { pipeline, provider } = loaded;
    const sha256 = (loaded.sha256 ??= await pipeline.weightsHash());
    const loading = (performance.now() - began) / 1000;
    const { source: begun = null } = context;
    const picture = pictureOf(request, begun);
    const previews = new Previews(pipeline, request);
    const output = await pipeline
      .generate(
        request,
        {
          stage: context.stage,
          shouldStop: context.shouldStop,
          step: async (event) => {
            context.step({
              step: event.step,
              steps: event.steps,
              loss: event.loss,
              preview: context.preview ? await previews.of(event) : null,
              masks: context.preview ? masksOf(event, request) : [],
            });
          },
        },
        picture,
      )
      .catch((error: unknown) => {
        throw explained(error, provider);
      });
    const { width, height, image, masks, result } = output;
    const model = { id, name: nameOf(folder), sha256 };
    const versions = this.versions();
    const madeBy = { model, device: result.device, versions };
    const png = embedRequest(encodePng(image, width, height, 3), {
      version: 1,
      request: result.request,
      madeBy,
    });
    return {
      result: { ...result, seconds: { loading, ...result.seconds }, model, versions },
      image: toBase64(begun === null ? png : embedSource(png, begun)),
      masks: masks.map((mask) => toBase64(encodeMask(mask, width, height))),
    };
  }

  /** Takes the model of the last job, or becomes it; another one is let go again, as the next job may want the last. */
  async embed({ model, device, phrases }: Question, shouldStop: () => boolean): Promise<number[][]> {
    const { source } = findModel(model);
    const keep = this.loaded === null || this.loaded.key === keyOf(source, device);
    const { pipeline } = keep ? await this.load(source, device) : await open(source, device);
    try {
      const vectors: number[][] = [];
      for (const phrase of phrases) {
        await new Promise((resolve) => setImmediate(resolve));
        if (shouldStop()) throw new Cancelled();
        vectors.push(...(await pipeline.embedPhrases([phrase])).map((vector) => [...vector]));
      }
      return vectors;
    } finally {
      if (!keep) await pipeline.release();
    }
  }

  /** The model of the last job when it is asked for again; otherwise that one is let go first. */
  private async load(source: ModelSource, device: GenerationRequest['device']): Promise<Loaded> {
    const key = keyOf(source, device);
    const { loaded } = this;
    // Sessions read from the files as they go: ones that were replaced meanwhile are another model, or none.
    if (loaded?.key === key && loaded.stamps === stampsOf(loaded.pipeline)) return loaded;
    await this.unload();
    const opened = await open(source, device);
    this.loaded = { key, ...opened, sha256: null, stamps: stampsOf(opened.pipeline) };
    return this.loaded;
  }
}

const keyOf = (source: ModelSource, device: GenerationRequest['device']): string =>
  `${device} ${JSON.stringify(source)}`;

/** Size and time of change of every weight file. */
function stampsOf({ model }: Pipeline): string {
  return weightFiles(model)
    .map((file) => statSync(file, { throwIfNoEntry: false }))
    .map((info) => (info === undefined ? 'gone' : `${info.ino} ${info.size} ${info.mtimeMs}`))
    .join();
}

async function open(
  source: ModelSource,
  device: GenerationRequest['device'],
): Promise<Pick<Loaded, 'pipeline' | 'provider'>> {
  const provider = device === 'auto' ? await chooseProvider(weightBytes(await openModel(source))) : device;
  return { provider, pipeline: await Pipeline.open(source, provider) };
}

/** The pixels that a request begins with. @throws UserError when they are not those that it names, or of another size */
function pictureOf({ source, width, height }: GenerationRequest, png: Uint8Array | null): Uint8Array | null {
  if (source === undefined || png === null) return null;
  const picture = sourcePixels(png, source.image);
  if (picture.width !== width || picture.height !== height) {
    throw new UserError(
      `The source picture has ${picture.width} x ${picture.height} pixels, the image is to have ${width} x ${height}: ` +
        'make them equal, or remove the source picture.',
    );
  }
  return picture.data;
}

/** Pictures on the way, as long as they do not hold up the job. */
class Previews {
  private readonly pipeline: Pipeline;
  private readonly request: GenerationRequest;
  private readonly start = performance.now();
  private spent = 0;

  constructor(pipeline: Pipeline, request: GenerationRequest) {
    this.pipeline = pipeline;
    this.request = request;
  }

  async of({ denoised }: StepEvent): Promise<string | null> {
    const before = performance.now();
    if (this.spent > PREVIEW_SHARE * (before - this.start)) return null;
    const { width, height } = this.request;
    const image = await this.pipeline.decode(denoised, this.request);
    this.spent += performance.now() - before;
    return toBase64(encodePng(image, width, height, 3));
  }
}

/** One PNG per box; no pixel is in two of them. */
function masksOf({ masks: soft, foreground, maskSize }: StepEvent, request: GenerationRequest): string[] {
  const boxes = subjectsOf(request);
  const maps = { soft, foreground, mapWidth: maskSize.width, mapHeight: maskSize.height };
  const { masks, width, height } = stepMasks(
    { ...maps, count: boxes.length },
    boxes.map(({ box }) => box),
  );
  return masks.map((mask) => toBase64(encodeMask(mask, width, height)));
}

function nameOf(folder: string): string {
  return (
    folder
      .replaceAll('\\', '/')
      .split('/')
      .findLast((part) => part !== '') ?? folder
  );
}

/** Errors of a provider that does not start are told with a way out. */
function explained(error: unknown, provider: Provider): unknown {
  if (error instanceof UserError || provider === 'cpu') return error;
  const message = messageOf(error);
  const startFails = /backend|adapter|shared library|ExecutionProvider/i.test(message);
  return startFails ? new Error(providerSentence(provider, message)) : error;
}
