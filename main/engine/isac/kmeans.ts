import {
  add,
  cast,
  div,
  equal,
  full,
  greater,
  maximum,
  mul,
  mulScalar,
  square,
  sub,
  where,
} from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import { reduceMean, reduceMin, reduceSum, sumAll } from '../graph/ops/reduce.ts';
import { transpose } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { clusterFeatures } from '../../../preload/contract/isac.ts';
import type { AttentionOperator, MapSize } from './attentionOperator.ts';

export interface KMeansOptions {
  readonly iterations: number;
  readonly coordinateWeight: number;
  /**
   * `plain`: rows of SA as they are. They are shares that sum to one over HW pixels, so they are tiny beside coordinates in
   * [-1, 1], and clusters follow the coordinates alone. `balanced`: scaled so that the seeds' centroids lie as far apart in
   * SA as in the picture.
   */
  readonly features: (typeof clusterFeatures)[number];
}

/** Coordinates of the map's pixels, [2, HW]: x and y in [-1, 1]. */
export function coordinateRows({ height, width }: MapSize): Float32Array {
  const rows = new Float32Array(2 * height * width);
  const at = (index: number, count: number): number => (count === 1 ? 0 : (2 * index) / (count - 1) - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * width + x] = at(x, width);
      rows[height * width + y * width + x] = at(y, height);
    }
  }
  return rows;
}

/**
 * K-means of the foreground pixels into N clusters, a fixed number of Lloyd steps inside the graph
 * (before equation 7). A pixel's features are its row of SA and its coordinates.
 *
 * The rows of SA are never written out: a centroid is a mean of rows, k SA / |k|, and its inner product with
 * every row is SA c. The squared norm of a pixel's own features is the same for all clusters and left out.
 * Everything ends in a comparison, so no gradient flows: the assignment is constant, as the paper has it.
 *
 * @param seeds weights of the pixels in each initial cluster [N, HW], not all zero in any row.
 * @param foreground [1, HW], 0 or 1.
 * @returns one-hot assignment [N, HW], zero in the background; a cluster may end up empty.
 */
export function kMeans(
  attention: AttentionOperator,
  seeds: Tensor,
  foreground: Tensor,
  { iterations, coordinateWeight, features }: KMeansOptions,
): Tensor {
  const { graph } = seeds;
  const pixels = sizeAt(seeds.shape, 1);
  const coordinates = mulScalar(
    graph.constant(coordinateRows(attention.size), [2, pixels]),
    coordinateWeight,
  );
  const centroidsOf = (clusters: Tensor): Centroids => {
    const weights = div(clusters, maximum(reduceSum(clusters, [1]), full(clusters, 1e-6)));
    return {
      rows: attention.applyTransposed(weights),
      places: matmul(weights, transpose(coordinates, [1, 0])),
    };
  };
  let centroids = centroidsOf(seeds);
  /** What squares of differences of rows count. */
  const scale = features === 'balanced' ? balance(centroids, coordinateWeight) : null;
  const counted = (rows: Tensor): Tensor => (scale ? mul(rows, scale) : rows);

  /** Squared distance of every pixel to the centroids of weighted clusters, but for a constant per pixel. */
  const distances = (centroids: Centroids): Tensor => {
    const inner = add(counted(attention.apply(centroids.rows)), matmul(centroids.places, coordinates));
    const norms = add(
      counted(reduceSum(square(centroids.rows), [1])),
      reduceSum(square(centroids.places), [1]),
    );
    return sub(norms, mulScalar(inner, 2));
  };
  let assignment = nearest(distances(centroids), foreground);
  for (let i = 0; i < iterations; i++) {
    const moved = centroidsOf(assignment);
    // A cluster that lost all its pixels stays where it was.
    const alive = greater(reduceSum(assignment, [1]), graph.scalar(0));
    centroids = {
      rows: where(alive, moved.rows, centroids.rows),
      places: where(alive, moved.places, centroids.places),
    };
    assignment = nearest(distances(centroids), foreground);
  }
  return assignment;
}

interface Centroids {
  /** Mean row of SA, [N, HW]. */
  readonly rows: Tensor;
  /** Mean coordinates, [N, 2]. */
  readonly places: Tensor;
}

/** The spread of centroids in the picture over that in SA, in squares, shape []. */
function balance({ rows, places }: Centroids, coordinateWeight: number): Tensor {
  const spread = (x: Tensor): Tensor => sumAll(square(sub(x, reduceMean(x, [0]))));
  // As if coordinates counted fully: their weight is for them alone.
  const inPicture = mulScalar(spread(places), coordinateWeight > 0 ? coordinateWeight ** -2 : 0);
  const least = full(rows, 1e-12);
  return div(maximum(inPicture, least), maximum(spread(rows), least));
}

/** One-hot nearest cluster [N, HW]; in a tie the first one wins, which needs a term that breaks it. */
function nearest(distances: Tensor, foreground: Tensor): Tensor {
  const { graph } = distances;
  const count = sizeAt(distances.shape, 0);
  const hit = cast(equal(distances, reduceMin(distances, [0])), 'float32');
  // Cumulative count of hits by a triangular product: only the first hit of a column has count 1.
  const triangle = Float32Array.from({ length: count * count }, (_, i) =>
    i % count <= Math.floor(i / count) ? 1 : 0,
  );
  const order = matmul(graph.constant(triangle, [count, count]), hit);
  const first = mul(hit, cast(equal(order, full(order, 1)), 'float32'));
  return mul(first, foreground);
}
