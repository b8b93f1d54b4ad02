// One measurement in a process of its own (index.ts watches its memory): seconds per denoising step of one model.
//
//   node --import tsx scripts/bench/steps.ts '{"model":"...","side":128,"boxes":3,"variant":"plain","rounds":5}'
import { objectiveFeeds, lambdaFeed } from '../../main/engine/isac/feeds.ts';
import { Networks } from '../../main/engine/diffusion/networks.ts';
import { TorchGenerator } from '../../main/engine/diffusion/torchGenerator.ts';
import { weightBytes } from '../../main/engine/diffusion/weightBytes.ts';
import { openModelFolder } from '../../main/engine/weights/modelFolder.ts';
import { isacSchema } from '../../preload/contract/isac.ts';
import { variants, type Measured, type StepsJob } from './job.ts';

const job = JSON.parse(process.argv[2] ?? '{}') as StepsJob;
const started = performance.now();
const model = await openModelFolder(job.model);
const networks = new Networks(model, 'cpu', weightBytes(model));
const openSeconds = (performance.now() - started) / 1000;

const scale = 2 ** (model.vae.config.blockOutChannels.length - 1);
const size = { width: job.side / scale, height: job.side / scale };
const tokens = model.textEncoder.config.maxPositionEmbeddings;
const features = model.unet.config.crossAttentionDim;
const random = new TorchGenerator(1);
const condition = () => ({ hidden: random.randn(tokens * features), objects: random.randn(30 * features) });
const settings = isacSchema.parse(variants[job.variant]);
const kinds = job.variant === 'plain' ? [] : (['gradient'] as const);
const denoiser = networks.denoiser({
  conditional: condition(),
  unconditional: condition(),
  size,
  boxes: job.boxes,
  settings,
  kinds,
  grounded: [true],
});
const sizes = networks.objectiveSizes(size, settings);
const boxes = Array.from({ length: job.boxes }, (_, k): [number, number, number, number] => [k / (job.boxes + 1), 0.1, (k + 2) / (job.boxes + 1), 0.9]); // prettier-ignore
const words = boxes.map((_, k) => ({ classTokens: [2 * k + 2], attributeTokens: [[2 * k + 1]] }));
const feeds = {
  ...objectiveFeeds({ boxes, tokens: words, exempt: [], words: Array.from({ length: tokens }, (_, i) => i > 0 && i <= 2 * job.boxes) }, sizes, settings), // prettier-ignore
  turn: new Float32Array([1, 1]),
  lambdas: lambdaFeed({ instance: 0.5, semantic: 0.5 }, 0),
};
const latents = random.randn(model.unet.config.inChannels * size.width * size.height);

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/** ISAC-LO: one run for the gradient, then the two predictions of the guidance; plain: the latter alone. */
async function step(): Promise<{ seconds: number; plain: number }> {
  const start = performance.now();
  if (job.variant !== 'plain') await denoiser.gradient(latents, 500, true, feeds);
  const predicting = performance.now();
  await denoiser.predict(latents, 500, true);
  return { seconds: secondsSince(start), plain: secondsSince(predicting) };
}

const { seconds: firstSeconds } = await step();
const steps: Awaited<ReturnType<typeof step>>[] = [];
for (let round = 0; round < job.rounds; round++) steps.push(await step());
await networks.release();
const measured: Measured = {
  openSeconds,
  firstSeconds,
  seconds: steps.map(({ seconds }) => seconds),
  plainSeconds: steps.map(({ plain }) => plain),
};
console.log(JSON.stringify(measured));
