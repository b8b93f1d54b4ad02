import type { Box } from '../../../preload/contract/layout.ts';
import type { IsacSettings } from '../../../preload/contract/request.ts';
import { grad } from '../graph/autodiff.ts';
import { Graph } from '../graph/graph.ts';
import { buildObjective, objectiveInputs, objectiveSize, type Objective } from '../isac/objective.ts';
import type { MapSize } from '../isac/attentionOperator.ts';
import { ProbeCollection } from '../isac/probes.ts';
import { buildClipText, pooledRows } from '../models/clipText.ts';
import { buildPositionNet } from '../models/positionNet.ts';
import { buildUnet, type UnetInputs, type UnetOptions } from '../models/unet/unet.ts';
import { buildVaeDecoder } from '../models/vae/decoder.ts';
import type { Tensor } from '../graph/tensor.ts';
import { SessionPool } from '../runtime/sessionPool.ts';
import type { HostData, Provider } from '../runtime/session.ts';
import { weightFiles, type ModelFolder } from '../weights/modelFolder.ts';
import { commonFolder } from './commonFolder.ts';
import type { Conditioning, Denoiser, Feeds, Guided, Observation } from './denoiser.ts';

/** GLIGEN's grounding slots (diffusers: max_objs). */
export const GROUNDING_SLOTS = 30;

/** Feature maps above this many pixels count as large: one image a run, probabilities recomputed. */
const LARGE_LATENTS = 32 * 32;

/** Weights above this many bytes stay in the file's pages. */
const LARGE_WEIGHTS = 1 << 29;

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

/** A model's networks on one device: graphs are built and sessions opened when they are first needed. */
export class Networks {
  readonly model: ModelFolder;
  /** How often each network ran. */
  readonly runs: Record<string, number> = {};
  private readonly pool: SessionPool;

  constructor(model: ModelFolder, provider: Provider, weightBytes: number) {
    this.model = model;
    this.pool = new SessionPool({
      provider,
      externalRoot: commonFolder(weightFiles(model)),
      weightsInPlace: provider === 'cpu' && weightBytes > LARGE_WEIGHTS,
    });
  }

  /** Hidden states [L, D] and pooled state [D] of one padded token sequence. */
  async encodeText(ids: readonly number[]): Promise<{ hidden: Float32Array; pooled: Float32Array }> {
    const { config, tensors } = this.model.textEncoder;
    const outputs = await this.run('text', `text ${ids.length}`, () => {
      const graph = new Graph();
      const inputs = { ids: graph.input('ids', 'int64', [1, ids.length]), rows: graph.input('rows', 'int64', [1]) };
      const { hidden, pooled } = buildClipText(graph, config, tensors, inputs);
      return { hidden, pooled: pooled ?? hidden };
    }, { ids: BigInt64Array.from(ids, BigInt), rows: pooledRows(ids, ids.length, config.eosTokenId) }); // prettier-ignore
    return { hidden: floats(outputs, 'hidden'), pooled: floats(outputs, 'pooled') };
  }

  /** Grounding tokens [30, D] of boxes and their pooled phrases; no boxes give the null tokens. */
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
    return floats(outputs, 'objects');
  }

  /** Latents [C, h, w] to an image [3, H, W] with values around -1..1. */
  async decode(latents: Float32Array, { height, width }: MapSize): Promise<Float32Array> {
    const { config, tensors } = this.model.vae;
    const outputs = await this.run('vae_decoder', `decode ${height}x${width}`, () => {
      const graph = new Graph();
      const input = graph.input('latents', 'float32', [1, config.latentChannels, height, width]);
      return { image: buildVaeDecoder(graph, config, tensors, input) };
    }, { latents }); // prettier-ignore
    return floats(outputs, 'image');
  }

  /** The UNet for one job. `boxes` is their number; `size` that of the latents. */
  denoiser(job: {
    conditional: Conditioning;
    unconditional: Conditioning;
    size: MapSize;
    boxes: number;
    settings: ProbeSettings;
  }): Denoiser {
    const { conditional, unconditional, size } = job;
    const large = size.height * size.width > LARGE_LATENTS;
    const single = async (latents: Float32Array, timestep: number, grounded: boolean, condition: Conditioning): Promise<Float32Array> =>
      floats(await this.predictions(size, 1, grounded, [condition], latents, timestep), 'prediction'); // prettier-ignore
    const feedsOf = (latents: Float32Array, timestep: number, grounded: boolean, feeds: Feeds): Feeds => ({
      ...feeds,
      ...unetFeeds([conditional], latents, timestep, grounded),
    });

    return {
      predict: async (latents, timestep, grounded): Promise<Guided> => {
        if (large) {
          return {
            unconditional: await single(latents, timestep, grounded, unconditional),
            conditional: await single(latents, timestep, grounded, conditional),
          };
        }
        const both = await this.predictions(
          size,
          2,
          grounded,
          [unconditional, conditional],
          latents,
          timestep,
        );
        const values = floats(both, 'prediction');
        return { unconditional: values.slice(0, latents.length), conditional: values.slice(latents.length) };
      },
      observe: async (latents, timestep, grounded, feeds) => {
        const outputs = await this.objective(
          'observe',
          job,
          grounded,
          feedsOf(latents, timestep, grounded, feeds),
        );
        return {
          unconditional: await single(latents, timestep, grounded, unconditional),
          conditional: floats(outputs, 'prediction'),
          seen: observationOf(outputs),
        };
      },
      gradient: async (latents, timestep, grounded, feeds) => {
        const outputs = await this.objective(
          'gradient',
          job,
          grounded,
          feedsOf(latents, timestep, grounded, feeds),
        );
        return { gradient: floats(outputs, 'gradient'), seen: observationOf(outputs) };
      },
    };
  }

  /** Size of the objective's maps for latents of a size. */
  objectiveSize(size: MapSize, settings: ProbeSettings): MapSize {
    const { probes } = this.observed(new Graph(), size, settings, true, { fused: false });
    return objectiveSize(probes.probes);
  }

  async release(): Promise<void> {
    await this.pool.release();
  }

  private async predictions(
    size: MapSize,
    batch: 1 | 2,
    grounded: boolean,
    conditions: readonly Conditioning[],
    latents: Float32Array,
    timestep: number,
  ): Promise<Record<string, HostData>> {
    const key = `predict ${batch} ${size.height}x${size.width} ${grounded}`;
    return this.run('unet', key, () => {
      const graph = new Graph();
      const inputs = this.unetInputs(graph, batch, size, grounded);
      const { config, tensors } = this.model.unet;
      return { prediction: buildUnet(graph, config, tensors, inputs, { fused: true }) };
    }, unetFeeds(conditions, latents, timestep, grounded)); // prettier-ignore
  }

  private objective(
    kind: 'observe' | 'gradient',
    { size, boxes, settings }: { size: MapSize; boxes: number; settings: ProbeSettings },
    grounded: boolean,
    feeds: Feeds,
  ): Promise<Record<string, HostData>> {
    const key = [kind, boxes, `${size.height}x${size.width}`, grounded, JSON.stringify(settings)].join(' ');
    return this.run(kind === 'gradient' ? 'isac' : 'unet', key, () => {
      const graph = new Graph();
      const large = size.height * size.width > LARGE_LATENTS;
      const method = { recompute: kind === 'gradient' && large, fused: kind === 'observe' };
      const { inputs, prediction, probes } = this.observed(graph, size, settings, grounded, method);
      const objective = buildObjective(
        probes.probes,
        objectiveInputs(graph, boxes, this.tokenCount, objectiveSize(probes.probes)),
        { ...settings, groundingLoss: settings.groundingLoss > 0 },
      );
      const seen = observationOutputs(objective);
      if (kind === 'observe') return { ...seen, prediction };
      const [gradient] = grad(objective.loss, [inputs.latents]);
      if (!gradient) throw new Error('the objective has no gradient');
      return { ...seen, gradient };
    }, feeds); // prettier-ignore
  }

  private observed(
    graph: Graph,
    size: MapSize,
    choice: ProbeSettings,
    grounded: boolean,
    method: UnetOptions,
  ): { inputs: UnetInputs; prediction: Tensor; probes: ProbeCollection } {
    const probes = new ProbeCollection({ maxSide: choice.maxProbeSide, earlyEnd: choice.earlyEnd });
    const inputs = this.unetInputs(graph, 1, size, grounded);
    const { config, tensors } = this.model.unet;
    const prediction = buildUnet(graph, config, tensors, inputs, { ...method, probes });
    return { inputs, prediction, probes };
  }

  private unetInputs(graph: Graph, batch: number, { height, width }: MapSize, grounded: boolean): UnetInputs {
    const { inChannels, crossAttentionDim } = this.model.unet.config;
    return {
      latents: graph.input('latents', 'float32', [batch, inChannels, height, width]),
      timestep: graph.input('timestep', 'float32', [batch]),
      encoderHiddenStates: graph.input('hidden', 'float32', [batch, this.tokenCount, crossAttentionDim]),
      objects: grounded
        ? graph.input('objects', 'float32', [batch, GROUNDING_SLOTS, crossAttentionDim])
        : null,
    };
  }

  private get tokenCount(): number {
    return this.model.textEncoder.config.maxPositionEmbeddings;
  }

  private async run(
    name: string,
    key: string,
    build: () => Readonly<Record<string, Tensor>>,
    feeds: Readonly<Record<string, HostData>>,
  ): Promise<Record<string, HostData>> {
    const session = await this.pool.get(key, build);
    this.runs[name] = (this.runs[name] ?? 0) + 1;
    return session.run(feeds);
  }
}

/** The UNet's feeds for one image under one or two conditions. */
function unetFeeds(
  conditions: readonly Conditioning[],
  latents: Float32Array,
  timestep: number,
  grounded: boolean,
): Record<string, Float32Array> {
  return {
    latents: joined(conditions.map(() => latents)),
    timestep: new Float32Array(conditions.length).fill(timestep),
    hidden: joined(conditions.map(({ hidden }) => hidden)),
    ...(grounded ? { objects: joined(conditions.map(({ objects }) => objects)) } : {}),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const observationOutputs = ({ losses, masks, semantic, foreground }: Objective): Record<string, Tensor> => ({
  losses,
  masks,
  semantic,
  foreground,
});

const observationOf = (outputs: Readonly<Record<string, HostData>>): Observation => ({
  losses: floats(outputs, 'losses'),
  masks: floats(outputs, 'masks'),
  semantic: floats(outputs, 'semantic'),
  foreground: floats(outputs, 'foreground'),
});

function floats(outputs: Readonly<Record<string, HostData>>, name: string): Float32Array {
  const value = outputs[name];
  if (!(value instanceof Float32Array)) throw new Error(`the network returned no "${name}"`);
  return value;
}
