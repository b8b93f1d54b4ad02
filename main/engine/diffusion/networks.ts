import type { Box } from '../../../preload/contract/layout.ts';
import { Graph } from '../graph/graph.ts';
import type { Outputs } from '../graph/onnx/part.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import type { ObjectiveSizes } from '../isac/inputs.ts';
import { buildClipText, pooledRows } from '../models/clipText.ts';
import { buildPositionNet } from '../models/positionNet.ts';
import { buildVaeDecoder } from '../models/vae/decoder.ts';
import { buildVaeEncoder, LOGVAR_RANGE } from '../models/vae/encoder.ts';
import { UserError } from '../errors.ts';
import { computesFloat16 } from '../runtime/float16.ts';
import { floats } from '../runtime/outputs.ts';
import type { HostData, Provider } from '../runtime/session.ts';
import { SessionPool, type Sessions } from '../runtime/sessionPool.ts';
import { weightFiles, type ModelFolder } from '../weights/modelFolder.ts';
import { commonFolder } from './commonFolder.ts';
import type { Denoiser } from './denoiser.ts';
import { DAMAGED_WEIGHTS, requireFinite } from './finite.ts';
import { noLoras, type LoraStack } from './loraShelf.ts';
import { inTiles, needsTiles } from './tiledVae.ts';
import { UnetDenoiser, type UnetJob } from './unetDenoiser.ts';
import { GROUNDING_SLOTS, UnetGraphs, type GraphSettings, type UnetMethod } from './unetGraphs.ts';

/** Weights above this many bytes stay in the file's pages. */
const LARGE_WEIGHTS = 1 << 29;

/** Begins the keys of sessions with LoRAs. */
const LORA_SCOPE = 'with ';

const scopeOf = ({ key }: LoraStack): string => `${LORA_SCOPE}${key}: `;

/** A model's networks on one device: graphs are built and sessions opened when they are first needed. */
export class Networks {
  readonly model: ModelFolder;
  /** How often each network ran. */
  readonly runs: Record<string, number> = {};
  private readonly pool: SessionPool;
  private readonly graphs: UnetGraphs;
  private readonly provider: Provider;
  private readonly method: UnetMethod;
  private float16: Promise<boolean> | null = null;

  constructor(model: ModelFolder, provider: Provider, weightBytes: number) {
    this.model = model;
    this.provider = provider;
    const weightsInPlace = provider === 'cpu' && weightBytes > LARGE_WEIGHTS;
    // MultiHeadAttention's WebGPU kernel gave wrong predictions on SwiftShader (tests/webgpu): CPU only.
    const kernelFlip = weightsInPlace ? 'each run' : 'once';
    this.method = { fused: provider === 'cpu', ...(provider === 'cpu' ? { kernelFlip } : {}) };
    this.graphs = new UnetGraphs(model, this.method);
    this.pool = new SessionPool({
      provider,
      externalRoot: commonFolder(weightFiles(model)),
      weightsInPlace,
    });
  }

  /** @throws UserError where the device does not compute in float16 */
  async requireFloat16(): Promise<void> {
    this.float16 ??= computesFloat16(this.provider);
    if (await this.float16) return;
    throw new UserError(
      this.provider === 'cpu'
        ? 'The device cpu computes in float32 only: leave --precision out, or choose a GPU.'
        : `The device ${this.provider} cannot compute in float16 here (its driver lacks it): set its precision to float32.`,
    );
  }

  /**
   * Hidden states [L, D] and pooled state [D] of one padded token sequence.
   *
   * @throws UserError when they are not numbers
   */
  async encodeText(
    ids: readonly number[],
    loras: LoraStack = noLoras,
  ): Promise<{ hidden: Float32Array; pooled: Float32Array }> {
    const { config, tensors } = this.model.textEncoder;
    const sessions = loras.textEncoder.length > 0 ? this.sessionsOf(loras) : this.pool;
    const outputs = await this.run('text', `text ${ids.length}`, () => {
      const graph = new Graph();
      const inputs = { ids: graph.input('ids', 'int64', [1, ids.length]), rows: graph.input('rows', 'int64', [1]) };
      const { hidden, pooled } = buildClipText(graph, config, tensors, inputs, 0, loras.textEncoder);
      return { hidden, pooled: pooled ?? hidden };
    }, { ids: BigInt64Array.from(ids, BigInt), rows: pooledRows(ids, ids.length, config.eosTokenId), ...loras.feeds }, sessions); // prettier-ignore
    const origin = { network: 'The text encoder', remedy: DAMAGED_WEIGHTS };
    return {
      hidden: requireFinite(floats(outputs, 'hidden'), origin),
      pooled: requireFinite(floats(outputs, 'pooled'), origin),
    };
  }

  /**
   * Grounding tokens [30, D] of boxes and their pooled phrases; no boxes give the null tokens.
   *
   * @throws UserError when they are not numbers
   */
  async groundingTokens(boxes: readonly Box[], phrases: readonly Float32Array[]): Promise<Float32Array> {
    const width = this.model.unet.config.crossAttentionDim;
    const feeds = {
      boxes: new Float32Array(GROUNDING_SLOTS * 4),
      masks: new Float32Array(GROUNDING_SLOTS),
      phrases: new Float32Array(GROUNDING_SLOTS * width),
    };
    boxes.forEach((box, k) => {
      feeds.boxes.set(box, 4 * k);
      feeds.masks[k] = 1;
      feeds.phrases.set(phrases[k] ?? [], k * width);
    });
    const outputs = await this.run('position_net', 'position_net', () => {
      const graph = new Graph();
      const objects = buildPositionNet(graph, this.model.unet.tensors, {
        boxes: graph.input('boxes', 'float32', [1, GROUNDING_SLOTS, 4]),
        masks: graph.input('masks', 'float32', [1, GROUNDING_SLOTS]),
        phrases: graph.input('phrases', 'float32', [1, GROUNDING_SLOTS, width]),
      });
      return { objects };
    }, feeds); // prettier-ignore
    return requireFinite(floats(outputs, 'objects'), {
      network: 'The position net',
      remedy: DAMAGED_WEIGHTS,
    });
  }

  /**
   * Latents [C, h, w] to an image [3, H, W] with values around -1..1.
   *
   * @param tile side of the tiles that larger latents are decoded in; unless given, all is decoded at once
   * @throws UserError when the pixels are not numbers
   */
  async decode(latents: Float32Array, size: MapSize, tile: number | null = null): Promise<Float32Array> {
    if (!needsTiles(size, tile)) return this.decodeWhole(latents, size);
    const { latentChannels, outChannels, scale } = this.model.vae.config;
    const sides = { from: { channels: latentChannels, scale: 1 }, to: { channels: outChannels, scale } };
    return inTiles(latents, size, tile, sides, (part, of) => this.decodeWhole(part, of));
  }

  private async decodeWhole(latents: Float32Array, { height, width }: MapSize): Promise<Float32Array> {
    const { config, tensors } = this.model.vae;
    const outputs = await this.run('vae_decoder', `decode ${height}x${width}`, () => {
      const graph = new Graph();
      const input = graph.input('latents', 'float32', [1, config.latentChannels, height, width]);
      return { image: buildVaeDecoder(graph, config, tensors, input) };
    }, { latents }); // prettier-ignore
    return requireFinite(floats(outputs, 'image'), { network: 'The VAE decoder', remedy: DAMAGED_WEIGHTS });
  }

  /**
   * An image [3, H, W] in -1..1 to the mean and the log variance of its latents, [C, h, w] each, before the scaling
   * factor.
   *
   * @param size that of the latents
   * @param tile side of the tiles that larger images are encoded in, in latents; unless given, all is encoded at once
   */
  async encode(
    image: Float32Array,
    size: MapSize,
    tile: number | null = null,
  ): Promise<{ mean: Float32Array; logvar: Float32Array }> {
    const { latentChannels, inChannels, scale } = this.model.vae.config;
    const sides = { from: { channels: inChannels, scale }, to: { channels: 2 * latentChannels, scale: 1 } };
    const moments = needsTiles(size, tile)
      ? await inTiles(image, size, tile, sides, (part, of) => this.moments(part, of))
      : await this.moments(image, size);
    const [low, high] = LOGVAR_RANGE;
    const half = moments.length / 2;
    return {
      mean: moments.slice(0, half),
      // As diffusers has it, tiles are blended before the log variance is clamped.
      logvar: moments.slice(half).map((value) => Math.min(Math.max(value, low), high)),
    };
  }

  private async moments(image: Float32Array, { height, width }: MapSize): Promise<Float32Array> {
    const { config, tensors } = this.model.vae;
    const outputs = await this.run('vae_encoder', `encode ${height}x${width}`, () => {
      const graph = new Graph();
      const shape = [1, config.inChannels, height * config.scale, width * config.scale];
      return { moments: buildVaeEncoder(graph, config, tensors, graph.input('image', 'float32', shape)).moments };
    }, { image }); // prettier-ignore
    return requireFinite(floats(outputs, 'moments'), { network: 'The VAE encoder', remedy: DAMAGED_WEIGHTS });
  }

  /** The UNet for one job. */
  denoiser(job: UnetJob): Denoiser {
    const { loras = noLoras } = job;
    const [graphs, sessions] =
      loras.unet.length > 0
        ? [new UnetGraphs(this.model, this.method, loras.unet), this.sessionsOf(loras)]
        : [this.graphs, this.pool];
    return new UnetDenoiser(job, graphs, sessions, this.sharesWeights, (name) => this.count(name));
  }

  /**
   * Before a job: closes the sessions with the branches of other LoRAs. On a device with memory of its own each session
   * has its copy of the UNet's weights, and there the ones without LoRAs make room, too.
   */
  async makeRoom(loras: LoraStack): Promise<void> {
    const own = loras.key === '' ? null : scopeOf(loras);
    const displaced = (key: string): boolean => own !== null && this.sharesWeights && key.startsWith('unet ');
    await this.pool.release((key) =>
      key.startsWith(LORA_SCOPE) ? own === null || !key.startsWith(own) : displaced(key),
    );
  }

  /** Sizes of the objective's maps for latents of a size. */
  objectiveSizes(size: MapSize, settings: GraphSettings): ObjectiveSizes {
    return this.graphs.objectiveSizes(size, settings);
  }

  async release(): Promise<void> {
    await this.pool.release();
  }

  private get sharesWeights(): boolean {
    return this.provider !== 'cpu';
  }

  private sessionsOf(loras: LoraStack): Sessions {
    return this.pool.scope(scopeOf(loras), commonFolder([...weightFiles(this.model), ...loras.files]));
  }

  private count(name: string): void {
    this.runs[name] = (this.runs[name] ?? 0) + 1;
  }

  private async run(
    name: string,
    key: string,
    build: () => Outputs,
    feeds: Readonly<Record<string, HostData>>,
    sessions: Sessions = this.pool,
  ): Promise<Record<string, HostData>> {
    const session = await sessions.get(key, build);
    this.count(name);
    return session.run(feeds);
  }
}
