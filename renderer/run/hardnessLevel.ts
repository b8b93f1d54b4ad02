/** 1 easy, 2 middling, 3 hard: the bars of the badge. The bounds are a choice for the eye, not a measurement. */
export function hardnessLevel(score: number): 1 | 2 | 3 {
  return score < 0.15 ? 1 : score < 0.4 ? 2 : 3;
}
