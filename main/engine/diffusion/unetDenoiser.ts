import type { Outputs } from '../graph/onnx/part.ts';
import { floats } from '../runtime/outputs.ts';
import type { HostData, Session } from '../runtime/session.ts';
import type { Sessions } from '../runtime/sessionPool.ts';
import type { Conditioning, Denoiser, Descent, Feeds, Guided, Observation } from './denoiser.ts';
import type { LoraStack } from './loraShelf.ts';
import { isLarge, type ObjectiveShape, type UnetGraphs } from './unetGraphs.ts';

/** Everything that the UNet's runs of one job have in common. */
export interface UnetJob extends ObjectiveShape {
  readonly loras?: LoraStack;
  readonly conditional: Conditioning;
  readonly unconditional: Conditioning;
  /** What an inpainting UNet sees beside the latents, [5, h, w]; other UNets see nothing else. */
  readonly inpaint?: Float32Array | null;
  /** Which of the objective's graphs the job needs. */
  readonly kinds: readonly ('observe' | 'gradient')[];
  /** Whether the fusers are on, off, or both in turn. */
  readonly grounded: readonly boolean[];
}

/**
 * The UNet of one job on one device.
 *
 * With `shareWeights` (any device with memory of its own) all graphs of the job are branches of one session over
 * one copy of the weights. Otherwise each graph is a session, opened when it is first needed, and small images
 * run both branches of the guidance as one batch.
 */
export class UnetDenoiser implements Denoiser {
  private readonly job: UnetJob;
  private readonly graphs: UnetGraphs;
  private readonly pool: Sessions;
  private readonly shareWeights: boolean;
  private readonly count: (network: string) => void;

  constructor(
    job: UnetJob,
    graphs: UnetGraphs,
    pool: Sessions,
    shareWeights: boolean,
    count: (network: string) => void,
  ) {
    this.job = job;
    this.graphs = graphs;
    this.pool = pool;
    this.shareWeights = shareWeights;
    this.count = count;
  }

  async predict(latents: Float32Array, timestep: number, grounded: boolean): Promise<Guided> {
    const { conditional, unconditional, size, precision = 'float32' } = this.job;
    if (this.shareWeights || isLarge(size)) {
      return {
        unconditional: await this.single(latents, timestep, grounded, unconditional),
        conditional: await this.single(latents, timestep, grounded, conditional),
      };
    }
    const feeds = this.feeds([unconditional, conditional], latents, timestep, grounded);
    const session = await this.pool.get(`predict 2 ${sizeKey(this.job)} ${grounded}`, () => this.graphs.prediction(2, size, grounded, { precision })); // prettier-ignore
    this.count('unet');
    const both = floats(await session.run({ ...feeds, ...this.job.loras?.feeds }), 'prediction');
    return { unconditional: both.slice(0, latents.length), conditional: both.slice(latents.length) };
  }

  async observe(
    latents: Float32Array,
    timestep: number,
    grounded: boolean,
    feeds: Feeds,
  ): Promise<Guided & { seen: Observation }> {
    const { conditional, unconditional } = this.job;
    const own = this.feeds([conditional], latents, timestep, grounded);
    const outputs = await this.run('unet', 'observe', grounded, { ...feeds, ...own });
    return {
      unconditional: await this.single(latents, timestep, grounded, unconditional),
      conditional: floats(outputs, 'prediction'),
      seen: observationOf(outputs),
    };
  }

  async gradient(latents: Float32Array, timestep: number, grounded: boolean, feeds: Feeds): Promise<Descent> {
    const own = this.feeds([this.job.conditional], latents, timestep, grounded);
    const outputs = await this.run('isac', 'gradient', grounded, { ...feeds, ...own });
    const { balance, reusePrediction } = this.job.settings;
    const gradient =
      balance === 'norm'
        ? {
            instance: floats(outputs, 'gradient_instance'),
            semantic: floats(outputs, 'gradient_semantic'),
          }
        : floats(outputs, 'gradient');
    const conditional = reusePrediction ? floats(outputs, 'prediction') : null;
    return { gradient, seen: observationOf(outputs), conditional };
  }

  predictUnconditional(latents: Float32Array, timestep: number, grounded: boolean): Promise<Float32Array> {
    return this.single(latents, timestep, grounded, this.job.unconditional);
  }

  private async single(
    latents: Float32Array,
    timestep: number,
    grounded: boolean,
    condition: Conditioning,
  ): Promise<Float32Array> {
    const feeds = this.feeds([condition], latents, timestep, grounded);
    return floats(await this.run('unet', 'predict', grounded, feeds), 'prediction');
  }

  /** The UNet's feeds for one image under one or two conditions. */
  private feeds(
    conditions: readonly Conditioning[],
    latents: Float32Array,
    timestep: number,
    grounded: boolean,
  ): Record<string, Float32Array> {
    const { inpaint } = this.job;
    return {
      latents: joined(conditions.map(() => latents)),
      ...(inpaint ? { inpaint: joined(conditions.map(() => inpaint)) } : {}),
      timestep: new Float32Array(conditions.length).fill(timestep),
      hidden: joined(conditions.map(({ hidden }) => hidden)),
      ...(grounded ? { objects: joined(conditions.map(({ objects }) => objects)) } : {}),
    };
  }

  private async run(
    network: string,
    kind: GraphKind,
    grounded: boolean,
    feeds: Feeds,
  ): Promise<Record<string, HostData>> {
    const session = await this.session(kind, grounded);
    this.count(network);
    const fed = { ...feeds, ...this.job.loras?.feeds };
    return session.run(fed, this.shareWeights ? `${kind} ${grounded}` : undefined);
  }

  private session(kind: GraphKind, grounded: boolean): Promise<Session> {
    const { kinds } = this.job;
    if (!this.shareWeights) {
      const shape = kind === 'predict' ? '1' : this.objectiveKey;
      return this.pool.get(`${kind} ${shape} ${sizeKey(this.job)} ${grounded}`, () =>
        this.build(kind, grounded),
      );
    }
    const branches = this.job.grounded.flatMap((on) =>
      (['predict', ...kinds] as const).map((one): [string, () => Outputs] => [
        `${one} ${on}`,
        () => this.build(one, on),
      ]),
    );
    const key = `unet ${this.objectiveKey} ${sizeKey(this.job)} ${branches.map(([name]) => name).join()}`;
    return this.pool.getBranches(key, Object.fromEntries(branches));
  }

  private get objectiveKey(): string {
    const { boxes, sought = false, settings } = this.job;
    return `${boxes}${sought ? ' sought' : ''} ${JSON.stringify(settings)}`;
  }

  private build(kind: GraphKind, grounded: boolean): Outputs {
    switch (kind) {
      case 'predict':
        return this.graphs.prediction(1, this.job.size, grounded, this.job);
      case 'observe':
        return this.graphs.observation(this.job, grounded);
      case 'gradient':
        return this.graphs.gradient(this.job, grounded);
    }
  }
}

type GraphKind = 'predict' | 'observe' | 'gradient';

/** Of small images nothing is sliced: their graphs are the same. */
const sizeKey = ({ size, slices = 1, precision = 'float32' }: UnetJob): string =>
  `${size.height}x${size.width} ${precision}${slices > 1 && isLarge(size) ? ` in ${slices}` : ''}`;

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const observationOf = (outputs: Readonly<Record<string, HostData>>): Observation => ({
  losses: floats(outputs, 'losses'),
  masks: floats(outputs, 'masks'),
  semantic: floats(outputs, 'semantic'),
  foreground: floats(outputs, 'foreground'),
  grounding: 'grounding' in outputs ? floats(outputs, 'grounding') : null,
});
