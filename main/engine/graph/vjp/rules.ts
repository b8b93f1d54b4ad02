import { activationVjps } from './activation.ts';
import { attentionVjps } from './attention.ts';
import { convolutionVjps } from './convolution.ts';
import { elementwiseVjps } from './elementwise.ts';
import { linearVjps } from './linear.ts';
import { normalisationVjps } from './normalisation.ts';
import { reduceVjps } from './reduce.ts';
import { resampleVjps } from './resample.ts';
import { shapingVjps } from './shaping.ts';
import type { Vjp } from './vjp.ts';

/** Every backward rule; an op without one cannot lie between the loss and the differentiated input. */
const rules: ReadonlyMap<string, Vjp | 'constant'> = new Map(
  Object.entries({
    ...elementwiseVjps,
    ...activationVjps,
    ...reduceVjps,
    ...shapingVjps,
    ...linearVjps,
    ...convolutionVjps,
    ...normalisationVjps,
    ...attentionVjps,
    ...resampleVjps,
  }),
);

/** The rule of an op; undefined when it has none. */
export const vjpOf = (opType: string): Vjp | 'constant' | undefined => rules.get(opType);
