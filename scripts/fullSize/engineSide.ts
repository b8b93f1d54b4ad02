import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Networks } from '../../main/engine/diffusion/networks.ts';
import { Pipeline } from '../../main/engine/diffusion/pipeline.ts';
import { TorchGenerator } from '../../main/engine/diffusion/torchGenerator.ts';
import { weightBytes } from '../../main/engine/diffusion/weightBytes.ts';
import type { ModelSource } from '../../main/engine/weights/openModel.ts';
import { assetsRoot } from '../../main/host/appRoot.ts';
import { ClipTokenizer } from '../../main/engine/text/clipTokenizer.ts';
import { requestSchema } from '../../preload/contract/request.ts';
import { layout } from './layout.ts';

/**
 * The engine's half of compare.ts, in a process of its own: every network once on the CPU, then denoising steps with
 * ISAC-LO. Inputs and outputs go to the work folder as raw float32; one JSON line on stdout as each stage begins.
 */
const [place = '', work = '', steps = '2', side = '', adapter = null] = process.argv.slice(2);
const alone = Number(steps) === 0;

/** What the model is: a folder, a folder and an adapter, or a checkpoint. */
function sourceOf(): ModelSource {
  if (!statSync(place).isDirectory())
    return {
      kind: 'checkpoint',
      checkpoint: place,
      adapter,
      tokenizer: join(assetsRoot(), 'tokenizers', 'clip'),
    };
  return adapter === null
    ? { kind: 'folder', folder: place }
    : { kind: 'folder+adapter', folder: place, adapter };
}

function stage(name: string): void {
  process.stdout.write(`${JSON.stringify({ stage: name, at: performance.now() / 1000 })}\n`);
}

function save(name: string, values: Float32Array): void {
  writeFileSync(
    join(work, `${name}.engine`),
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
}

stage('open');
const pipeline = await Pipeline.open(sourceOf(), 'cpu');
const { model } = pipeline;
const { width, height } = side === '' ? pipeline.nativeSize : { width: Number(side), height: Number(side) };
const { scale } = model.vae.config;
const size = { width: width / scale, height: height / scale };
const networks = new Networks(model, 'cpu', weightBytes(model));
const tokenizer = new ClipTokenizer(model.tokenizer);
const captionIds = tokenizer.encode(layout.caption).ids;
const negativeIds = tokenizer.encode(layout.negative).ids;
const phraseIds = layout.boxes.map(({ phrase }) => tokenizer.encode(phrase).ids);
const latents = new TorchGenerator(layout.seed).randn(
  model.unet.config.inChannels * size.width * size.height,
);
writeFileSync(
  join(work, 'latents.input'),
  new Uint8Array(latents.buffer, latents.byteOffset, latents.byteLength),
);
writeFileSync(
  join(work, 'inputs.json'),
  JSON.stringify({
    captionIds,
    negativeIds,
    phraseIds,
    boxes: layout.boxes.map(({ box }) => box),
    ...size,
    timestep: layout.timestep,
  }),
);

stage('text encoder');
const { hidden } = await networks.encodeText(captionIds);
save('text encoder', hidden);
const negative = (await networks.encodeText(negativeIds)).hidden;
const pooled: Float32Array[] = [];
for (const ids of phraseIds) pooled.push((await networks.encodeText(ids)).pooled);

stage('position net');
const boxes = layout.boxes.map(({ box }) => box);
const objects = await networks.groundingTokens(boxes, pooled);
save('position net', objects);
const absent = await networks.groundingTokens([], []);

const { isac } = requestSchema.shape;
const settings = isac.parse({});
const denoiser = networks.denoiser({
  conditional: { hidden, objects },
  unconditional: { hidden: negative, objects: absent },
  size,
  boxes: boxes.length,
  settings,
  kinds: [],
  grounded: [true],
});
if (!alone) {
  stage('UNet, first run');
  await denoiser.predict(latents, layout.timestep, true);
}
stage('UNet');
const { conditional, unconditional } = await denoiser.predict(latents, layout.timestep, true);
save('UNet', Float32Array.from([...unconditional, ...conditional]));

stage('VAE decoder');
save('VAE decoder', await networks.decode(latents, size));
await networks.release();

if (!alone) await denoise();
stage('end');
await pipeline.release();

async function denoise(): Promise<void> {
  stage(`ISAC-LO, ${steps} steps`);
  const request = requestSchema.parse({
    version: 1,
    model: 'full size',
    width,
    height,
    caption: layout.caption,
    negative: layout.negative,
    boxes: layout.boxes,
    seed: layout.seed,
    steps: Number(steps),
    isac: { method: 'lo' },
  });
  const output = await pipeline.generate(request, {
    stage: (name) => stage(`ISAC-LO, ${name}`),
    step: ({ step }) => stage(`ISAC-LO, after step ${step}`),
    shouldStop: () => false,
  });
  if (output.masks.length !== boxes.length) throw new Error('a box has no mask');
}
