import { translate } from '../ui/i18n.ts';
import { pictureSize } from './pictureSize.ts';
import type { PictureSize } from './pictureSize.ts';

/** The largest file that is opened, and the most pixels: a picture of 64 million takes 256 MB when it is unpacked. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_PIXELS = 64e6;

/**
 * A PNG or JPEG as a PNG of a size: scaled to fill it, turned as its EXIF says, what sticks out on two sides cut off,
 * transparent parts on white. The browser decodes it in its sandbox.
 *
 * @throws one sentence for a file that is too large, damaged, or no PNG or JPEG
 */
export async function scaledPicture(file: File, size: PictureSize): Promise<Blob> {
  const { name } = file;
  if (file.size > MAX_BYTES) {
    throw new Error(translate('source.tooManyBytes', { name, most: MAX_BYTES / 2 ** 20 }));
  }
  const given = pictureSize(new Uint8Array(await file.arrayBuffer()));
  if (given === null) {
    throw new Error(translate('source.noPicture', { name }));
  }
  const { width, height } = given;
  if (width * height > MAX_PIXELS) {
    throw new Error(translate('source.tooManyPixels', { name, width, height, most: MAX_PIXELS / 1e6 }));
  }
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(translate('source.damaged', { name }));
  });
  try {
    return await drawn(bitmap, size);
  } finally {
    bitmap.close();
  }
}

/** The middle of a picture that has another one's proportions. */
export function middleOf(picture: PictureSize, { width, height }: PictureSize): PictureSize & Corner {
  const scale = Math.min(picture.width / width, picture.height / height);
  const cut = { width: width * scale, height: height * scale };
  return { ...cut, x: (picture.width - cut.width) / 2, y: (picture.height - cut.height) / 2 };
}

interface Corner {
  readonly x: number;
  readonly y: number;
}

function drawn(bitmap: ImageBitmap, { width, height }: PictureSize): Promise<Blob> {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (context === null) {
    return Promise.reject(new Error('The browser gives no canvas.'));
  }
  const middle = middleOf(bitmap, { width, height });
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, middle.x, middle.y, middle.width, middle.height, 0, 0, width, height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((png) => {
      if (png === null) reject(new Error('The browser could not write the picture.'));
      else resolve(png);
    }, 'image/png');
  });
}
