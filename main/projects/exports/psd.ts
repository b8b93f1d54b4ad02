import { writePsdUint8Array, type Layer, type PixelData } from 'ag-psd';
import { boxOfMask } from '../../engine/masks/rle.ts';
import { toRgba } from '../picture.ts';
import { rgbOf, type ExportBox, type Exportable } from './exportable.ts';

/**
 * A result as a layered Photoshop file: the whole image at the bottom, above it each instance's pixels with its mask
 * as layer mask, at the top a hidden layer with the boxes that were asked for.
 */
export function toPsd({ image, boxes }: Exportable): Uint8Array {
  const { width, height } = image;
  const rgba = toRgba(image);
  const whole: PixelData = { width, height, data: new Uint8ClampedArray(rgba) };
  const instances = boxes.map((box) => instanceLayer(box, rgba, width, height));
  return writePsdUint8Array(
    {
      width,
      height,
      imageData: whole,
      children: [
        { name: 'Image', imageData: whole },
        { name: 'Instances', opened: true, children: instances },
        { name: 'Boxes', hidden: true, imageData: drawBoxes(boxes, width, height) },
      ],
    },
    // A picture without transparency would become Photoshop's locked background.
    { noBackground: true },
  );
}

/** The instance's part of the image, cut to the tight box of its mask. */
function instanceLayer({ phrase, mask }: ExportBox, rgba: Uint8Array, width: number, height: number): Layer {
  const tight = boxOfMask(mask, width, height);
  if (tight === null) return { name: phrase };
  const [left, top, w, h] = tight;
  const pixels = new Uint8ClampedArray(w * h * 4);
  const shape = new Uint8ClampedArray(w * h * 4);
  for (let y = 0; y < h; y++) {
    const from = (top + y) * width + left;
    pixels.set(rgba.subarray(from * 4, (from + w) * 4), y * w * 4);
    for (let x = 0; x < w; x++)
      shape.fill(mask[from + x] === 0 ? 0 : 255, (y * w + x) * 4, (y * w + x) * 4 + 4);
  }
  return {
    name: phrase,
    left,
    top,
    imageData: { width: w, height: h, data: pixels },
    mask: { left, top, defaultColor: 0, imageData: { width: w, height: h, data: shape } },
  };
}

/** Frames on a transparent ground. */
function drawBoxes(boxes: readonly ExportBox[], width: number, height: number): PixelData {
  const data = new Uint8ClampedArray(width * height * 4);
  const line = Math.max(1, Math.round(Math.max(width, height) / 256));
  for (const { box, colour } of boxes) {
    const [red, green, blue] = rgbOf(colour);
    const [x0, y0, x1, y1] = [
      Math.round(box[0] * width),
      Math.round(box[1] * height),
      Math.round(box[2] * width),
      Math.round(box[3] * height),
    ];
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const inside = x >= x0 + line && x < x1 - line && y >= y0 + line && y < y1 - line;
        if (!inside) data.set([red, green, blue, 255], (y * width + x) * 4);
      }
    }
  }
  return { width, height, data };
}
