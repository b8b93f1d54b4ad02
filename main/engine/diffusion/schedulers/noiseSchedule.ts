import { UserError } from '../../errors.ts';
import type { SchedulerConfig } from '../../weights/configs/schedulerConfig.ts';
import type { PredictionType } from './prediction.ts';

const f = Math.fround;

/** The smallest positive float16, which diffusers puts in place of an alpha product of 0 where it divides by it. */
const ALMOST_ZERO = 2 ** -24;

/** How much of the signal is left after each training timestep. */
export interface NoiseSchedule {
  /** Product of 1 - beta up to each timestep (alpha bar), float32 as torch computes it. */
  readonly alphasCumprod: Float32Array;
  readonly trainTimesteps: number;
}

/**
 * The betas of diffusers' schedulers and what follows from them, in float32 with torch's order of operations.
 * Defaults are those that all five schedulers share: 1,000 timesteps, linear from 0.0001 to 0.02.
 */
export function noiseSchedule(config: SchedulerConfig): NoiseSchedule {
  const betas = betasOf(config);
  const rescaled = config.rescaleBetasZeroSnr === true ? withZeroTerminalSnr(betas) : betas;
  return { alphasCumprod: cumprod(rescaled.map((beta) => f(1 - beta))), trainTimesteps: betas.length };
}

/**
 * Noise levels sigma = sqrt((1 - a) / a) of the training timesteps, float32. With rescaled betas the last one
 * would be infinite; diffusers makes it large instead.
 */
export function trainingSigmas(schedule: NoiseSchedule, zeroSnr: boolean): Float32Array {
  const alphas = Float32Array.from(schedule.alphasCumprod);
  if (zeroSnr) alphas[alphas.length - 1] = ALMOST_ZERO;
  return alphas.map((alpha) => f(Math.sqrt(f(f(1 - alpha) / alpha))));
}

function betasOf(config: SchedulerConfig): Float32Array {
  if (config.trainedBetas !== null) return Float32Array.from(config.trainedBetas);
  const { numTrainTimesteps: count = 1000, betaStart = 0.0001, betaEnd = 0.02 } = config;
  switch (config.betaSchedule ?? 'linear') {
    case 'linear':
      return linspace32(betaStart, betaEnd, count);
    case 'scaled_linear':
      return linspace32(Math.sqrt(betaStart), Math.sqrt(betaEnd), count).map((root) => f(root * root));
    case 'squaredcos_cap_v2':
      return cosineBetas(count);
  }
}

/** torch.linspace in float32: counted from the nearer end (ATen/native/cpu/RangeFactoriesKernel.cpp). */
export function linspace32(start: number, end: number, count: number): Float32Array {
  const first = f(start);
  const last = f(end);
  const step = f(f(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, index) =>
    index < count / 2 ? f(first + step * index) : f(last - step * (count - index - 1)),
  );
}

/** `betas_for_alpha_bar` with the cosine transform (Nichol and Dhariwal 2021, equation 17). */
function cosineBetas(count: number): Float32Array {
  const alphaBar = (time: number): number => Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float32Array.from({ length: count }, (_, index) =>
    Math.min(1 - alphaBar((index + 1) / count) / alphaBar(index / count), 0.999),
  );
}

/** `rescale_zero_terminal_snr`: algorithm 1 of arXiv 2305.08891. */
function withZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = cumprod(betas.map((beta) => f(1 - beta))).map((alpha) => f(Math.sqrt(alpha)));
  const first = roots[0] ?? 0;
  const last = roots.at(-1) ?? 0;
  const factor = f(first / f(first - last));
  const alphaBars = roots.map((root) => f(f(root - last) * factor) ** 2);
  return alphaBars.map((alphaBar, index) =>
    f(1 - (index === 0 ? alphaBar : f(alphaBar / (alphaBars[index - 1] ?? 1)))),
  );
}

/** torch.cumprod of float32: the running product is kept in float64, each result rounded. */
function cumprod(values: Float32Array): Float32Array {
  let product = 1;
  return values.map((value) => {
    product *= value;
    return product;
  });
}

/** The options of a config that `requireOptions` checks. */
type Option =
  | 'thresholding'
  | 'useKarrasSigmas'
  | 'skipPrkSteps'
  | 'lambdaMinClipped'
  | 'interpolationType'
  | 'solverOrder'
  | 'solverType'
  | 'algorithmType';

/**
 * Refuses options that diffusers has and this engine doesn't, by name, instead of ignoring them.
 *
 * @param supported what each option may be when it is given at all
 * @throws UserError naming the option
 */
export function requireOptions(
  config: SchedulerConfig,
  supported: Partial<Record<Option, readonly (string | number | boolean)[]>>,
): void {
  for (const [option, allowed] of Object.entries(supported) as [
    Option,
    readonly (string | number | boolean)[],
  ][]) {
    const value = config[option];
    if (value !== undefined && value !== null && !allowed.includes(value)) throw unsupported(option, value);
  }
}

/** @throws UserError for a model that predicts x0 itself */
export function requirePrediction(config: SchedulerConfig): PredictionType {
  const type = config.predictionType ?? 'epsilon';
  if (type === 'sample') throw unsupported('predictionType', type);
  return type;
}

function unsupported(option: string, value: unknown): UserError {
  const key = option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return new UserError(
    `scheduler_config.json: "${key}" is ${JSON.stringify(value)}, which this sampler does not support; choose another sampler.`,
  );
}

/** @throws UserError when there are more steps than training timesteps, or none */
export function requireSteps(steps: number, trainTimesteps: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > trainTimesteps) {
    throw new UserError(`${steps} steps are not possible; take 1 to ${trainTimesteps}.`);
  }
}
