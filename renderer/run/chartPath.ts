import type { StepLoss } from '../../preload/contract/result.ts';

/** A line over the steps of a run (they count from 1), its largest value at the top, 0 at the bottom; '' while there is nothing. */
export function chartPath(
  losses: readonly StepLoss[],
  key: 'instance' | 'semantic',
  steps: number,
  width: number,
  height: number,
): string {
  const finite = losses.filter((loss) => Number.isFinite(loss[key]));
  const top = Math.max(...finite.map((loss) => loss[key]), 0);
  const room = height - 6;
  return finite
    .map((loss, index) => {
      const x = ((loss.step - 1) / Math.max(1, steps - 1)) * width;
      const y = 3 + room - (top > 0 ? Math.max(0, loss[key] / top) : 0) * room;
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
