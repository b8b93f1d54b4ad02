import { boxOfMask } from '../engine/masks/rle.ts';
import { floats } from '../engine/runtime/outputs.ts';
import { Network } from './network.ts';

/** The square around an object that the classifier sees (training/classifier.py: cut). */
export interface CropShape {
  /** Pixels a side. */
  readonly side: number;
  /** Side of the square / longer side of the mask's tight box. */
  readonly margin: number;
}

export interface Judgement {
  /** Index into the classes, and its probability. */
  readonly class: number;
  readonly confidence: number;
  /** Index into the colours; their number for an object in its own colours. */
  readonly colour: number;
}

export interface Picture {
  /** Channels first, [channels, height, width]. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Cuts an object out: the square around its mask, scaled bilinearly, edges repeated, with the mask as last channel.
 *
 * @param image RGB in 0..1
 * @param mask 0 or 1 at its own resolution, which divides the image's; not empty
 * @returns [4, side, side]
 */
export function cutOut(image: Picture, mask: Picture, { side, margin }: CropShape): Float32Array {
  const scale = image.width / mask.width;
  const [x, y, w, h] = boxOfMask(Uint8Array.from(mask.data), mask.width, mask.height) ?? [0, 0, 0, 0];
  const length = Math.max(w, h) * scale * margin;
  const [centreX, centreY] = [(x + w / 2) * scale, (y + h / 2) * scale];
  const crop = new Float32Array(4 * side * side);
  for (let j = 0; j < side; j++) {
    for (let i = 0; i < side; i++) {
      const u = centreX + ((i + 0.5) / side - 0.5) * length;
      const v = centreY + ((j + 0.5) / side - 0.5) * length;
      const at = j * side + i;
      for (let c = 0; c < 3; c++) crop[c * side * side + at] = bilinear(image, c, u, v);
      crop[3 * side * side + at] = bilinear(mask, 0, u / scale, v / scale) >= 0.5 ? 1 : 0;
    }
  }
  return crop;
}

/** Value at a point, pixel centres lying at halves. */
export function bilinear({ data, width, height }: Picture, channel: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [u, v] = [x - 0.5 - left, y - 0.5 - top];
  const at = (i: number, j: number): number => {
    const [column, row] = [Math.min(width - 1, Math.max(0, i)), Math.min(height - 1, Math.max(0, j))];
    return data[(channel * height + row) * width + column] ?? 0;
  };
  const upper = at(left, top) * (1 - u) + at(left + 1, top) * u;
  const lower = at(left, top + 1) * (1 - u) + at(left + 1, top + 1) * u;
  return upper * (1 - v) + lower * v;
}

/** The network that names class and colour of cut-out objects. */
export class Classifier {
  private readonly network: Network;
  private readonly shape: CropShape;

  private constructor(network: Network, shape: CropShape) {
    this.network = network;
    this.shape = shape;
  }

  static async open(path: string, shape: CropShape): Promise<Classifier> {
    return new Classifier(await Network.open(path, 'crop'), shape);
  }

  /** @param image RGB in 0..1, channels first; masks: one per object, none empty */
  async judge(image: Picture, masks: readonly Picture[]): Promise<Judgement[]> {
    if (masks.length === 0) return [];
    const { side } = this.shape;
    const size = 4 * side * side;
    const crops = new Float32Array(masks.length * size);
    masks.forEach((mask, k) => crops.set(cutOut(image, mask, this.shape), k * size));
    const outputs = await this.network.run(crops, [masks.length, 4, side, side]);
    const rowsOf = (name: string): Float32Array[] => {
      const data = floats(outputs, name);
      const columns = data.length / masks.length;
      return masks.map((_, k) => data.subarray(k * columns, (k + 1) * columns));
    };
    const colours = rowsOf('colour');
    return rowsOf('class').map((logits, k) => {
      const best = argmax(logits);
      const sum = logits.reduce((total, value) => total + Math.exp(value - (logits[best] ?? 0)), 0);
      return { class: best, confidence: 1 / sum, colour: argmax(colours[k] ?? new Float32Array(1)) };
    });
  }
}

const argmax = (values: Float32Array): number => values.indexOf(values.reduce((a, b) => Math.max(a, b)));
