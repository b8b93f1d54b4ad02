/** What JSON text may hold before it is parsed. */
export interface JsonBound {
  /** Bytes of the text as UTF-8. */
  readonly bytes: number;
  /** Numbers, texts, lists, objects, true, false and null, keys not counted. */
  readonly values: number;
  /** Lists and objects inside of each other. */
  readonly depth: number;
}

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

/**
 * The deepest JSON that is parsed. Our own files nest 8 deep, tokenizer.json and COCO 9. Functions that call themselves
 * for each level (JSON.stringify in a message, schemas) overflow the stack at some thousands.
 */
const DEPTH = 64;

/**
 * What files from outside may claim, checked before they are parsed: one table for all readers. A bound is far above
 * what real files hold, and low enough that a file which fills it costs less than 500 MB and some seconds. Empty lists
 * are the dearest JSON: 40 bytes of memory for 3 bytes of text, so that values are counted as well as bytes.
 */
export const BOUNDS = {
  /** A layout of 30 boxes with the longest phrases has 12 kB. */
  layout: { bytes: 1 * MiB, values: 100_000, depth: DEPTH },

  /** A dropped JSON file, COCO annotations among them: those of COCO's 5,000 validation images have 20 MB. */
  dropped: { bytes: 32 * MiB, values: 4_000_000, depth: DEPTH },

  /** project.json: 1,000 boxes take 300 kB and 13,000 values, 10,000 results another 400 kB. */
  project: { bytes: 8 * MiB, values: 200_000, depth: DEPTH },

  /** result.json: 30 masks of 2048 x 2048 pixels with ragged outlines take 4 MB, in 30 texts. */
  result: { bytes: 32 * MiB, values: 200_000, depth: DEPTH },

  /** entry.json: 35 files with a hash each take 8 kB. */
  entry: { bytes: 256 * KiB, values: 2_000, depth: DEPTH },

  /** trace.json: previews of 100 steps at 2048 x 2048 pixels, as texts. */
  trace: { bytes: 256 * MiB, values: 200_000, depth: DEPTH },

  /** The request in a PNG, 5 kB with 30 boxes; masks to repaint can be part of it. */
  embeddedRequest: { bytes: 1 * MiB, values: 100_000, depth: DEPTH },

  /**
   * Header of a safetensors file. A full SDXL checkpoint has 2,500 tensors in 300 kB, the longest training notes in a
   * LoRA's metadata some MB. The safetensors library itself stops at 100 MB, which cost 20 s and 4.8 GB here.
   */
  safetensorsHeader: { bytes: 16 * MiB, values: 1_000_000, depth: DEPTH },

  /** Settings inside the metadata of a LoRA. */
  loraMetadata: { bytes: 1 * MiB, values: 50_000, depth: DEPTH },

  /** config.json and the like: 2 to 5 kB. A scheduler may list 1,000 betas. */
  config: { bytes: 1 * MiB, values: 50_000, depth: DEPTH },

  /** The index of a model in shards: a line for each tensor. */
  shardIndex: { bytes: 16 * MiB, values: 200_000, depth: DEPTH },

  /** CLIP's vocab.json has 49,408 tokens in 1 MB; the largest vocabularies of any model have 260,000. */
  vocabulary: { bytes: 8 * MiB, values: 300_000, depth: DEPTH },

  /** tokenizer.json holds vocabulary and merges: CLIP's has 2.2 MB and 150,000 values. */
  tokenizer: { bytes: 32 * MiB, values: 1_500_000, depth: DEPTH },

  /** merges.txt: CLIP's has 48,895 lines in 0.5 MB. */
  merges: { bytes: 8 * MiB },

  /** README.md of a model folder: only its head is read, for the licence. */
  modelCard: { bytes: 64 * KiB },

  /** Numbers in configs. */
  numbers: {
    /** Text encoders: CLIP-bigG, the largest that was published, has 32 layers. */
    textLayers: 128,
    /** Levels of a UNet or VAE: 4 in every Stable Diffusion. */
    levels: 8,
    /** Residual blocks of a level (2 or 3), transformer blocks of a layer (up to 10 in SDXL). */
    layersPerLevel: 16,
    /** Training steps of a scheduler: 1,000 everywhere. */
    trainSteps: 100_000,
  },

  /** Tensors of one file: a full SDXL checkpoint has 2,500. */
  tensors: 100_000,

  png: {
    /** Sides of source pictures, results and masks end at 2048: nothing larger is of use, so nothing larger is decoded. */
    pixels: 2048 * 2048,
    /** A PNG of cameras and editors has a chunk for every 8 to 64 kB. */
    chunks: 100_000,
    /** Bytes of the file: 2048 x 2048 pixels of 16 bits take 32 MB, a source picture and notes may be inside. */
    bytes: 256 * MiB,
  },

  /** Zip files of torch.save: an entry for each tensor, 1,500 in a checkpoint. */
  torchEntries: 20_000,

  /** Project archives. */
  archive: {
    /** A result with 30 masks has 35 files: 2,800 such results. */
    entries: 100_000,
    /** Bytes in all, unpacked. */
    total: 64 * GiB,
    /** Unpacked bytes per byte of the archive, beyond `free` bytes. PNG hardly shrinks, JSON by ten. */
    ratio: 100,
    free: 64 * MiB,
    /** What stays free on the disk for everything else. */
    reserve: 256 * MiB,
  },
} as const;
