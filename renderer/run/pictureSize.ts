/** Pixels of a picture, as its header says. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * How large a PNG or JPEG says it is, from its header alone: what a hostile file would unpack to is known before a
 * decoder is given it. Null for other files and damaged headers.
 */
export function pictureSize(bytes: Uint8Array): PictureSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = PNG_SIGNATURE.every((byte, index) => bytes[index] === byte) ? pngSize(view) : jpegSize(view);
  return size !== null && size.width > 0 && size.height > 0 ? size : null;
}

function pngSize(view: DataView): PictureSize | null {
  const isHeader = view.byteLength >= 24 && view.getUint32(12) === 0x49484452;
  return isHeader ? { width: view.getUint32(16), height: view.getUint32(20) } : null;
}

/** Segments are marker, length, content; the first frame header (SOF) holds the size. */
function jpegSize(view: DataView): PictureSize | null {
  const end = view.byteLength;
  if (end < 4 || view.getUint16(0) !== 0xffd8) {
    return null;
  }
  for (let at = 2; at + 9 <= end;) {
    if (view.getUint8(at) !== 0xff) {
      return null;
    }
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
    } else if (isFrame(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
    } else {
      const length = view.getUint16(at + 2);
      // The end of the picture, or its pixels without a header before them.
      if (length < 2 || marker === 0xd9 || marker === 0xda) {
        return null;
      }
      at += 2 + length;
    }
  }
  return null;
}

/** SOF0 to SOF15, without the tables that lie among their numbers. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
