import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Box } from '../../preload/contract/layout.ts';
import { UserError, messageOf } from '../engine/errors.ts';
import { floats } from '../engine/runtime/outputs.ts';
import { Classifier } from './classifier.ts';
import { decodeInstances, type Found, type Instance } from './instances.ts';
import { Network } from './network.ts';
import { Prompted } from './prompted.ts';

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
  /** What the network that is told of a box sees, and how often it is right (training/prompted.py). */
  prompt: z.object({
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
  /** Per box its own object, one of `instances`, or null; empty when no boxes were given. */
  readonly inBoxes: readonly (Instance | null)[];
  readonly features: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Three networks that saw no generated image in training: one finds objects and their masks in the whole image, one says
 * what the object of a given box shows (where boxes overlap the first takes two objects for one), and one names class and
 * colour of each. None of them is told what was asked for.
 */
export class Evaluator {
  readonly config: EvaluatorConfig;
  /** SHA-256 of its files: what another evaluator said is not to be mixed with what this one says. */
  readonly sha256: string;
  private readonly network: Network;
  private readonly prompted: Prompted;
  private readonly classifier: Classifier;

  private constructor(
    config: EvaluatorConfig,
    sha256: string,
    network: Network,
    prompted: Prompted,
    classifier: Classifier,
  ) {
    this.config = config;
    this.sha256 = sha256;
    this.network = network;
    this.prompted = prompted;
    this.classifier = classifier;
  }

  /** Opens assets/models/evaluator; @throws UserError naming the file that is missing or malformed. */
  static async open(folder: string): Promise<Evaluator> {
    const [path, model, prompted, classifier] = [
      join(folder, 'evaluator.json'),
      join(folder, 'model.onnx'),
      join(folder, 'prompted.onnx'),
      join(folder, 'classifier.onnx'),
    ];
    try {
      const config = evaluatorSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      const hash = createHash('sha256');
      for (const file of [path, model, prompted, classifier]) hash.update(await readFile(file));
      return new Evaluator(
        config,
        hash.digest('hex'),
        await Network.open(model, 'image'),
        await Prompted.open(prompted, config.prompt),
        await Classifier.open(classifier, config.crop),
      );
    } catch (error) {
      throw new UserError(`${path}: the evaluator cannot be opened (${messageOf(error)}).`);
    }
  }

  /**
   * @param image RGB bytes of size x size pixels
   * @param boxes each is looked into; what is found elsewhere is added to `instances`
   */
  async look(image: Uint8Array, boxes: readonly Box[] = []): Promise<Seen> {
    const { size, stride } = this.config;
    const area = size * size;
    if (image.length !== 3 * area)
      throw new UserError(`The evaluator judges images of ${size} x ${size} pixels only.`);
    const input = Float32Array.from(
      { length: 3 * area },
      (_, i) => (image[3 * (i % area) + Math.floor(i / area)] ?? 0) / 255,
    );
    const outputs = await this.network.run(input, [1, 3, size, size]);
    const side = size / stride;
    const maps = {
      width: side,
      height: side,
      semantic: floats(outputs, 'semantic'),
      centre: floats(outputs, 'centre'),
      offset: floats(outputs, 'offset'),
    };
    const picture = { data: input, width: size, height: size };
    const asked = await this.prompted.look(picture, boxes, side, this.config.minPixels);
    const own = asked.filter((one) => one !== null);
    const found = [...own, ...besides(decodeInstances(maps, this.config), own)];
    const masks = found.map(({ mask }) => ({ data: Float32Array.from(mask), width: side, height: side }));
    const judged = await this.classifier.judge(picture, masks);
    const instances = found.map(({ mask, area: pixels }, k): Instance => {
      const judgement = judged[k];
      if (!judgement) throw new Error('the classifier left an object out');
      return { mask, area: pixels, ...judgement };
    });
    return {
      instances,
      inBoxes: asked.map((one) => (one && instances[own.indexOf(one)]) ?? null),
      features: floats(outputs, 'features').slice(),
      width: side,
      height: side,
    };
  }
}

/** Objects that lie outside the given ones for at least half of their pixels. */
const besides = (found: readonly Found[], given: readonly Found[]): Found[] =>
  found.filter(({ mask, area }) => {
    const shared = mask.reduce(
      (sum, value, p) => sum + (value && given.some((one) => one.mask[p]) ? 1 : 0),
      0,
    );
    return 2 * shared < area;
  });

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
