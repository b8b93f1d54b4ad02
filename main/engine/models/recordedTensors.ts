import { Graph } from '../graph/graph.ts';
import { numel, sameShape } from '../graph/shape.ts';
import type { TextEncoderConfig } from '../weights/configs/textEncoderConfig.ts';
import type { UNetConfig } from '../weights/configs/unetConfig.ts';
import type { VaeConfig } from '../weights/configs/vaeConfig.ts';
import type { ExpectedTensors } from '../weights/tensorGaps.ts';
import type { TensorEntry } from '../weights/tensorDirectory.ts';
import { buildClipText } from './clipText.ts';
import type { ParameterRecorder } from './parameterSource.ts';
import { buildPositionNet } from './positionNet.ts';
import { buildUnet } from './unet/unet.ts';
import { buildVaeDecoder } from './vae/decoder.ts';
import { buildVaeEncoder } from './vae/encoder.ts';

const BYTES = 4;

/** Answers every request for a tensor, and remembers it. */
class RecordingDirectory implements ParameterRecorder {
  readonly source = 'the config';
  readonly shapes = new Map<string, readonly number[]>();
  private readonly offsets = new Map<string, number>();
  private end = 0;

  record(name: string, shape: readonly number[]): TensorEntry {
    const before = this.shapes.get(name);
    if (before && !sameShape(before, shape)) throw new Error(`tensor "${name}" is asked for in two shapes`);
    const byteLength = numel(shape) * BYTES;
    let offset = this.offsets.get(name);
    if (offset === undefined) {
      offset = this.end;
      this.end += byteLength;
      this.offsets.set(name, offset);
      this.shapes.set(name, shape);
    }
    // No such file is opened: the graph is thrown away.
    return { file: '/recorded', offset, byteLength, dtype: 'float32', shape };
  }
}

/** The names and shapes of all tensors that `build` asks for. */
function recorded(build: (graph: Graph, directory: ParameterRecorder) => void): ExpectedTensors {
  const directory = new RecordingDirectory();
  build(new Graph(), directory);
  return directory.shapes;
}

/**
 * Every tensor of a UNet of this config (diffusers UNet2DConditionModel), with GLIGEN's fusers and position net when
 * `attentionType` is `gated`: what the network asks for when it is built.
 */
export function expectedUnetTensors(config: UNetConfig): ExpectedTensors {
  const width = config.crossAttentionDim;
  const gated = config.attentionType === 'gated';
  return recorded((graph, tensors) => {
    const input = (name: string, shape: number[]) => graph.input(name, 'float32', shape);
    buildUnet(graph, config, tensors, {
      latents: input('latents', [1, config.inChannels, 1, 1]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('hidden', [1, 1, width]),
      objects: gated ? input('objects', [1, 1, width]) : null,
    });
    if (!gated) return;
    const [boxes, masks, phrases] = [input('boxes', [1, 1, 4]), input('masks', [1, 1]), input('phrases', [1, 1, width])] as const; // prettier-ignore
    buildPositionNet(graph, tensors, { boxes, masks, phrases });
  });
}

/** Every tensor of a VAE of this config (diffusers AutoencoderKL). */
export const expectedVaeTensors = (config: VaeConfig): ExpectedTensors =>
  recorded((graph, tensors) => {
    const { inChannels, latentChannels, scale } = config;
    buildVaeEncoder(graph, config, tensors, graph.input('image', 'float32', [1, inChannels, scale, scale]));
    buildVaeDecoder(graph, config, tensors, graph.input('latents', 'float32', [1, latentChannels, 1, 1]));
  });

/** Every tensor of a CLIP text encoder of this config (transformers CLIPTextModel). */
export const expectedTextTensors = (config: TextEncoderConfig): ExpectedTensors =>
  recorded((graph, tensors) => {
    buildClipText(graph, config, tensors, { ids: graph.input('ids', 'int64', [1, 1]), rows: null });
  });

/** Number of values of all tensors. */
export const parameterCount = (expected: ExpectedTensors): number =>
  [...expected.values()].reduce((sum, shape) => sum + numel(shape), 0);
