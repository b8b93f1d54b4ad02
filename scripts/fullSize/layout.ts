import type { Box } from '../../preload/contract/layout.ts';

/** What both sides of the comparison compute. */
export const layout = {
  caption: 'a red dog and a cat',
  negative: 'blurry',
  boxes: [
    { id: 'a', phrase: 'red dog', box: [0.05, 0.1, 0.6, 0.9] satisfies Box },
    { id: 'b', phrase: 'cat', box: [0.45, 0.2, 0.95, 0.8] satisfies Box },
  ],
  seed: 7,
  timestep: 981,
} as const;
