import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRle } from '../../main/engine/masks/rle.ts';
import { decodePng } from '../../main/host/png.ts';
import { resultSchema, type GenerationResult } from '../../preload/contract/result.ts';
import { runCli } from '../../scripts/fullSize/runCli.ts';

/**
 * What the studio can do beside its plain run, once at full size each: two denoising steps through the command line,
 * on float16 weights. Made by: npx tsx scripts/fullSize/makeCheckpoints.ts <folder>
 */
const root = process.env['ISAC_STUDIO_FULL'] ?? '/var/tmp/isac-full';
const adapter = join(root, 'gligen_sd14_textbox_pruned_fp16.safetensors');

/** The promise for any step of ISAC-LO at 512 x 512 on the CPU: 6 GB of anonymous memory. */
const MOST_MIB = 6e9 / 2 ** 20;

let home: string;
beforeAll(async () => {
  for (const name of ['fp16', 'inpaint', 'kohya.safetensors'])
    if (!existsSync(join(root, name)))
      throw new Error(`${join(root, name)} is missing; see scripts/fullSize/makeCheckpoints.ts`);
  home = await mkdtemp(join(tmpdir(), 'isac-full-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const two = [
  { id: 'a', phrase: 'red dog', box: [0.05, 0.1, 0.6, 0.9] },
  { id: 'b', phrase: 'cat', box: [0.45, 0.2, 0.95, 0.8] },
];
/** Six columns and five rows. */
const thirty = Array.from({ length: 30 }, (_, k) => {
  const [x, y] = [(k % 6) / 6, Math.floor(k / 6) / 5];
  return { id: `b${k}`, phrase: `thing ${k}`, box: [x, y, x + 0.2, y + 0.24].map((v) => Math.min(v, 1)) };
});

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

interface Made extends Picture {
  readonly folder: string;
  readonly result: GenerationResult;
  readonly masks: readonly Uint8Array[];
  readonly peakMiB: number;
}

/** One run of `generate`, with what every run promises checked. */
async function generate(
  name: string,
  boxes: readonly object[],
  flags: readonly string[],
  more: object = {},
): Promise<Made> {
  const file = join(home, `${name}.json`);
  await writeFile(file, JSON.stringify({ version: 1, boxes, ...more }));
  const folder = join(home, name);
  const model = flags.includes('--model') ? [] : ['--model', join(root, 'fp16')];
  const steps = flags.includes('--steps') ? [] : ['--steps', '2'];
  const args = ['generate', file, '--out', folder, '--seed', '7', '--device', 'cpu', ...model, ...steps];
  const { code, err, peakMiB } = await runCli([...args, ...flags], home);
  expect(code, err).toBe(0);
  const result = resultSchema.parse(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')));
  const { width, height, data } = decodePng(await readFile(join(folder, 'image.png')));
  const { sampling = 0, decoding = 0 } = result.seconds;
  console.log(
    `${name}: ${peakMiB.toFixed(0)} MiB anonymous at most, sampling ${sampling.toFixed(1)} s, decoding ${decoding.toFixed(1)} s`,
  );
  expect(peakMiB).toBeLessThan(MOST_MIB);
  expect(new Set(data).size).toBeGreaterThan(16);
  expect([width, height]).toEqual([result.request.width, result.request.height]);
  const masks = result.boxes.map(({ rle }) => decodeRle(rle));
  const covered = new Uint8Array(width * height);
  for (const mask of masks)
    mask.forEach((inside, at) => (covered[at] = (covered[at] ?? 0) + (inside === 0 ? 0 : 1)));
  expect(Math.max(...new Set(covered)), 'masks are disjoint').toBeLessThanOrEqual(1);
  expect(result.losses.every(({ total }) => Number.isFinite(total))).toBe(true);
  return { folder, result, masks, width, height, data, peakMiB };
}

/** Greatest difference of a channel's value, of 255, where `counts` holds. */
function farthest(a: Picture, b: Picture, counts: (pixel: number) => boolean = () => true): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let worst = 0;
  a.data.forEach((value, at) => {
    if (counts(Math.floor(at / 3))) worst = Math.max(worst, Math.abs(value - (b.data[at] ?? NaN)));
  });
  return worst;
}

/** Mean absolute difference of a channel's value, of 255. */
function mean(a: Picture, b: Picture): number {
  return a.data.reduce((sum, value, at) => sum + Math.abs(value - (b.data[at] ?? NaN)), 0) / a.data.length;
}

describe('at full size', () => {
  let plain: Made;
  it('ISAC-LO with all probes', async () => {
    plain = await generate('plain', two, []);
    expect(plain.result).toMatchObject({ request: { width: 512, height: 512 } });
    expect(plain.result.runs).toMatchObject({ isac: 1 });
  });

  it('attention in slices: the CPU, which fuses that attention, has nothing to slice', async () => {
    const whole = await generate('whole', two, ['--probes', '32']);
    const sliced = await generate('sliced', two, ['--probes', '32', '--attention-slices', '4']);
    expect(sliced.result.request).toMatchObject({ attentionSlices: 4, isac: { maxProbeSide: 32 } });
    expect(farthest(sliced, whole)).toBeLessThanOrEqual(1);
  });

  it('image to image, the VAE in tiles both ways', async () => {
    const source = join(plain.folder, 'image.png');
    const flags = ['--method', 'none', '--source', source, '--denoise', '0.5', '--steps', '4'];
    const whole = await generate('varied', two, flags);
    const tiled = await generate('varied in tiles', two, [...flags, '--vae-tile', '32']);
    expect(whole.result.runs).toMatchObject({ vae_encoder: 1, vae_decoder: 1 });
    // 64 latents in tiles of 32 that begin every 24: three a side.
    expect(tiled.result.runs).toMatchObject({ vae_encoder: 9, vae_decoder: 9 });
    // How much less memory tiles take is told by compare.test.ts' stages: here the UNet takes more than the VAE.
    console.log(`tiles: mean difference ${mean(tiled, whole).toFixed(2)} of 255`);
  });

  it('repainting one box keeps the rest of the picture byte for byte', async () => {
    const source = join(plain.folder, 'image.png');
    const made = await generate('repainted', two, ['--source', source, '--repaint', 'b']);
    keepsTheRest(made);
  });

  function keepsTheRest({ result, ...picture }: Made): void {
    const painted = result.repainted === undefined ? null : decodeRle(result.repainted);
    expect(painted).not.toBeNull();
    expect(farthest(picture, plain, (pixel) => painted?.[pixel] === 0)).toBe(0);
    if (painted?.includes(1) === true)
      expect(farthest(picture, plain, (pixel) => painted[pixel] === 1)).toBeGreaterThan(0);
  }

  it("a LoRA under kohya's names", async () => {
    const file = join(root, 'kohya.safetensors');
    const made = await generate('lora', two, ['--lora', file]);
    expect(made.result.request.loras).toMatchObject([{ file, weight: 1 }]);
    expect(mean(made, plain)).toBeGreaterThan(0.5);
  });

  it('a prompt without boxes', async () => {
    const made = await generate('prompt', [], [], { caption: 'two horses and a dog' });
    expect(made.result.boxes.map(({ phrase }) => phrase)).toEqual(['horse', 'horse', 'dog']);
  });

  it('thirty boxes', async () => {
    expect((await generate('thirty', thirty, [])).masks).toHaveLength(30);
  });

  it('640 x 384 pixels', async () => {
    const made = await generate('wide', two, ['--vae-tile', '32'], { width: 640, height: 384 });
    expect([made.width, made.height]).toEqual([640, 384]);
  });

  it('an inpainting UNet of nine channels, with the adapter', async () => {
    const added = await runCli(['models', 'add', join(root, 'inpaint'), '--adapter', adapter, '--json'], home); // prettier-ignore
    expect(added.code, added.err).toBe(0);
    const { id, family } = JSON.parse(added.out) as { id: string; family: string };
    expect(family).toBe('Stable Diffusion 1.x inpainting');
    const source = join(plain.folder, 'image.png');
    keepsTheRest(await generate('inpainted', two, ['--model', id, '--source', source, '--repaint', 'b']));
  });
});
