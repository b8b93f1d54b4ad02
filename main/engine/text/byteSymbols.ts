/**
 * The printable character that stands for each byte in a byte-level BPE vocabulary (index: byte). Printable
 * Latin-1 stands for itself; the 68 other bytes follow from U+0100 on in their own order
 * (transformers tokenization_clip.py, `bytes_to_unicode`).
 */
export const byteSymbols: readonly string[] = makeByteSymbols();

function makeByteSymbols(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    if (printable(byte)) return String.fromCharCode(byte);
    next += 1;
    return String.fromCharCode(next - 1);
  });
}
