/**
 * 1 easy, 2 medium, 3 hard: the bars of the badge. The bounds are the terciles that main/bench makes its groups by, for 100
 * layouts of each of its four suites (seed 1) with the phrase embeddings of clipart-128: 0.126 and 0.407.
 */
export function hardnessLevel(score: number): 1 | 2 | 3 {
  return score < 0.126 ? 1 : score < 0.407 ? 2 : 3;
}
