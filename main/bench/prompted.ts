import type { Box } from '../../preload/contract/layout.ts';
import { areaOfMask, iouOfMasks } from '../engine/masks/rle.ts';
import { floats } from '../engine/runtime/outputs.ts';
import { bilinear, type CropShape, type Picture } from './classifier.ts';
import { Network } from './network.ts';

/** What is seen in one box, at the evaluator's resolution. */
export interface InBox {
  /** 0 or 1: the pixels that the box's own object shows. */
  readonly mask: Uint8Array;
  readonly area: number;
  /** Log-odds that the box has an object of its own. */
  readonly presence: number;
}

/** Two masks that overlap by more are one object, whose box is the one that fits it better. */
const SAME = 0.5;

/** The network that says which pixels the object of a box shows (training/prompted.py). */
export class Prompted {
  private readonly network: Network;
  private readonly shape: CropShape;

  private constructor(network: Network, shape: CropShape) {
    this.network = network;
    this.shape = shape;
  }

  static async open(path: string, shape: CropShape): Promise<Prompted> {
    return new Prompted(await Network.open(path, 'crop'), shape);
  }

  /**
   * @param image RGB in 0..1, channels first
   * @param side of the masks, pixels
   * @returns per box its object; null where it has none of its own, or another box fits that object better
   */
  async look(
    image: Picture,
    boxes: readonly Box[],
    side: number,
    minPixels: number,
  ): Promise<(InBox | null)[]> {
    if (boxes.length === 0) return [];
    const size = this.shape.side;
    const area = size * size;
    const crops = new Float32Array(boxes.length * 5 * area);
    boxes.forEach((_, k) => crops.set(cutBox(image, boxes, k, this.shape), k * 5 * area));
    const outputs = await this.network.run(crops, [boxes.length, 5, size, size]);
    const [logits, presence] = [floats(outputs, 'mask'), floats(outputs, 'presence')];
    const seen = boxes.map((box, k): InBox | null => {
      const own = { data: logits.subarray(k * area, (k + 1) * area), width: size, height: size };
      const mask = placed(own, box, side, this.shape);
      const pixels = areaOfMask(mask);
      const sure = presence[k] ?? 0;
      return sure > 0 && pixels >= minPixels ? { mask, area: pixels, presence: sure } : null;
    });
    return withoutTwins(seen);
  }
}

/** Square around a box as shares of the image: its corner and side. */
function squareOf([x0, y0, x1, y1]: Box, { margin }: CropShape): readonly [number, number, number] {
  const side = Math.max(x1 - x0, y1 - y0) * margin;
  return [(x0 + x1 - side) / 2, (y0 + y1 - side) / 2, side];
}

/** What the network sees of box k: [5, side, side], RGB scaled bilinearly with edges repeated, the box, the other boxes. */
export function cutBox(image: Picture, boxes: readonly Box[], k: number, shape: CropShape): Float32Array {
  const own = boxes[k];
  if (!own) throw new Error(`there is no box ${k}`);
  const [x, y, length] = squareOf(own, shape);
  const { side } = shape;
  const area = side * side;
  const crop = new Float32Array(5 * area);
  for (let at = 0; at < area; at++) {
    const u = x + (((at % side) + 0.5) / side) * length;
    const v = y + ((Math.floor(at / side) + 0.5) / side) * length;
    for (let c = 0; c < 3; c++) {
      crop[c * area + at] = bilinear(image, c, u * image.width, v * image.height);
    }
    boxes.forEach(([x0, y0, x1, y1], other) => {
      if (u >= x0 && u <= x1 && v >= y0 && v <= y1) crop[(other === k ? 3 : 4) * area + at] = 1;
    });
  }
  return crop;
}

/** The mask of a square, logits, put back into the whole image of `side` pixels. */
function placed(logits: Picture, box: Box, side: number, shape: CropShape): Uint8Array {
  const [x, y, length] = squareOf(box, shape);
  return Uint8Array.from({ length: side * side }, (_, p) => {
    const u = ((p % side) + 0.5) / side - x;
    const v = (Math.floor(p / side) + 0.5) / side - y;
    if (u < 0 || v < 0 || u >= length || v >= length) return 0;
    return bilinear(logits, 0, (u / length) * shape.side, (v / length) * shape.side) > 0 ? 1 : 0;
  });
}

/** Of boxes that show one and the same object the one that is surest keeps it. */
export function withoutTwins(seen: readonly (InBox | null)[]): (InBox | null)[] {
  return seen.map((one, k) => {
    if (!one) return null;
    const better = seen.some((other, j) => {
      if (!other || j === k || iouOfMasks(one.mask, other.mask) <= SAME) return false;
      return other.presence > one.presence || (other.presence === one.presence && j < k);
    });
    return better ? null : one;
  });
}
