import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { z } from 'zod';
import { UserError, messageOf } from '../engine/errors.ts';
import { Classifier } from './classifier.ts';
import { decodeInstances, type Instance } from './instances.ts';

const evaluatorSchema = z.object({
  classes: z.array(z.string()).min(2),
  colours: z.array(z.string()).min(2),
  /** Side of the square input, pixels. */
  size: z.int().min(16),
  /** Input pixels per output pixel. */
  stride: z.int().min(1),
  centreThreshold: z.number().gt(0).lt(1).default(0.3),
  peakWindow: z.int().min(3).default(7),
  minPixels: z.int().min(1).default(12),
  /** Measured on held-out scenes of held-out artists (training/README.md). */
  accuracy: z.record(z.string(), z.number()),
  /** What the classifier sees of an object, and how often it is right, from true masks (training/classifier.py). */
  crop: z.object({
    side: z.int().min(16).max(256),
    margin: z.number().min(1).max(4),
    accuracy: z.record(z.string(), z.number()),
  }),
  /** Moments of the features over held-out real scenes. */
  realFeatures: z.object({ mean: z.array(z.number()), variance: z.array(z.number()) }),
});

export type EvaluatorConfig = z.infer<typeof evaluatorSchema>;

/** What the evaluator makes of one image. */
export interface Seen {
  readonly instances: Instance[];
  readonly features: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Two networks that saw no generated image in training: one finds objects and their masks, the other names class
 * and colour of each.
 */
export class Evaluator {
  readonly config: EvaluatorConfig;
  private readonly session: ort.InferenceSession;
  private readonly classifier: Classifier;

  private constructor(config: EvaluatorConfig, session: ort.InferenceSession, classifier: Classifier) {
    this.config = config;
    this.session = session;
    this.classifier = classifier;
  }

  /** Opens assets/models/evaluator; @throws UserError naming the file that is missing or malformed. */
  static async open(folder: string): Promise<Evaluator> {
    const path = join(folder, 'evaluator.json');
    try {
      const config = evaluatorSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      const session = await ort.InferenceSession.create(join(folder, 'model.onnx'));
      return new Evaluator(
        config,
        session,
        await Classifier.open(join(folder, 'classifier.onnx'), config.crop),
      );
    } catch (error) {
      throw new UserError(`${path}: the evaluator cannot be opened (${messageOf(error)}).`);
    }
  }

  /** @param image RGB bytes of size x size pixels */
  async look(image: Uint8Array): Promise<Seen> {
    const { size, stride } = this.config;
    const area = size * size;
    if (image.length !== 3 * area)
      throw new UserError(`The evaluator judges images of ${size} x ${size} pixels only.`);
    const input = Float32Array.from(
      { length: 3 * area },
      (_, i) => (image[3 * (i % area) + Math.floor(i / area)] ?? 0) / 255,
    );
    const outputs = await this.session.run({ image: new ort.Tensor('float32', input, [1, 3, size, size]) });
    const floats = (name: string): Float32Array => {
      const data = outputs[name]?.data;
      if (!(data instanceof Float32Array)) throw new Error(`the evaluator returned no "${name}"`);
      return data;
    };
    const side = size / stride;
    const maps = {
      width: side,
      height: side,
      semantic: floats('semantic'),
      centre: floats('centre'),
      offset: floats('offset'),
    };
    const found = decodeInstances(maps, this.config);
    const masks = found.map(({ mask }) => ({ data: Float32Array.from(mask), width: side, height: side }));
    const judged = await this.classifier.judge({ data: input, width: size, height: size }, masks);
    return {
      instances: found.flatMap((one, k) => (judged[k] ? [{ ...one, ...judged[k] }] : [])),
      features: floats('features').slice(),
      width: side,
      height: side,
    };
  }
}

/**
 * Distance of the features of generated images from those of real scenes: Frechet distance of Gaussians with
 * diagonal covariance (Heusel et al. 2017, with this evaluator's features instead of Inception's).
 */
export function featureDistance(
  features: readonly Float32Array[],
  real: EvaluatorConfig['realFeatures'],
): number {
  return real.mean.reduce((total, realMean, f) => {
    const values = features.map((feature) => feature[f] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const realVariance = real.variance[f] ?? 0;
    return total + (mean - realMean) ** 2 + variance + realVariance - 2 * Math.sqrt(variance * realVariance);
  }, 0);
}
