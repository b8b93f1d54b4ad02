/**
 * Milliseconds that the remaining steps take at the pace of those after the first (which pays for warming up).
 * @param elapsed milliseconds since the first step ended
 * @param done steps that have ended
 * @returns null while there is no pace yet
 */
export function timeLeft(elapsed: number, done: number, steps: number): number | null {
  return done < 2 || elapsed <= 0 ? null : (elapsed / (done - 1)) * Math.max(0, steps - done);
}

/** "0:07", "12:30", "1:02:03"; always at least minutes and seconds, so that the figure keeps its width. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
