import { add, mulScalar } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import { bilinearMatrix, resizeBilinear } from '../graph/ops/resample.ts';
import { reshape, transpose, transposeLast } from '../graph/ops/shaping.ts';
import { sizeAt } from '../graph/shape.ts';
import type { Tensor } from '../graph/ir.ts';
import type { Probe } from '../models/probe.ts';
import type { LayerWeighting, MapUpsampling } from '../../../preload/contract/isac.ts';

/** Height and width of a feature map. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
}

/** How maps of several layers and resolutions become one. */
export interface AveragingSettings {
  readonly mapUpsampling: MapUpsampling;
  readonly layerWeights: LayerWeighting;
}

/** The layers' mean map at one resolution, and their share of all layers. */
interface Level extends MapSize {
  /** Mean over the layers, [height * width, keys]. */
  readonly map: Tensor;
  readonly share: number;
}

/**
 * Probes of one kind, averaged per resolution.
 *
 * @param weighting `heads`: each layer counts once for each of its heads, as equation 3 has it; `layers`: once
 */
export function averagePerSize(probes: readonly Probe[], weighting: LayerWeighting): Level[] {
  const weightOf = ({ heads }: Probe): number => (weighting === 'heads' ? heads : 1);
  const total = (some: readonly Probe[]): number => some.reduce((sum, probe) => sum + weightOf(probe), 0);
  const bySize = new Map<string, Probe[]>();
  for (const probe of probes) {
    const key = `${probe.height}x${probe.width}`;
    bySize.set(key, [...(bySize.get(key) ?? []), probe]);
  }
  return [...bySize.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const equal = group.every((probe) => weightOf(probe) === weightOf(first));
    const sum = group.map((probe) => (equal ? probe.map : mulScalar(probe.map, weightOf(probe)))).reduce(add);
    const { height, width } = first;
    const map = mulScalar(sum, 1 / (equal ? group.length : total(group)));
    return [{ height, width, map, share: total(group) / total(probes) }];
  });
}

/** The highest resolution among maps. */
export function largest(sizes: readonly MapSize[]): MapSize {
  const [first, ...rest] = sizes;
  if (!first) throw new Error('no attention maps');
  const area = ({ height, width }: MapSize): number => height * width;
  const { height, width } = rest.reduce<MapSize>(
    (best, size) => (area(size) > area(best) ? size : best),
    first,
  );
  return { height, width };
}

/** Maps in rows [m, from] brought to another resolution [m, to] bilinearly. */
export function upsampleRows(rows: Tensor, from: MapSize, to: MapSize): Tensor {
  const image = reshape(rows, [-1, from.height, from.width]);
  return reshape(resizeBilinear(image, to.height, to.width), [-1, to.height * to.width]);
}

/** The adjoint of upsampleRows: [m, to] to [m, from]. */
export function downsampleRows(rows: Tensor, from: MapSize, to: MapSize): Tensor {
  const { graph } = rows;
  const image = reshape(rows, [-1, to.height, to.width]);
  const vertical = graph.constant(bilinearMatrix(from.height, to.height), [to.height, from.height]);
  const horizontal = graph.constant(bilinearMatrix(from.width, to.width), [to.width, from.width]);
  const small = matmul(matmul(transpose(vertical, [1, 0]), image), horizontal);
  return reshape(small, [-1, from.height * from.width]);
}

/** Up to so many pixels SA is written out: 4 MiB at 32 x 32. */
const SMALL_PIXELS = 32 * 32;

/**
 * The averaged self-attention SA of all layers and heads (equations 1 and 3) as a linear operator.
 *
 * The losses need only products of SA with a few maps. With U the bilinear upsampling of a lower
 * resolution, its part of SA is U S U^T, and a product with it is three cheap ones; a sum over layers
 * commutes with them. So no large map is ever upsampled to the full [HW, HW]. Small ones are written out once:
 * there the number of operators costs more than their arithmetic.
 */
export class AttentionOperator {
  readonly size: MapSize;
  private readonly levels: readonly Level[];
  private readonly upsampling: MapUpsampling;
  private readonly small: boolean;
  private writtenOut: Tensor | null = null;

  /** @param small whether SA is written out; by default where that is cheaper */
  constructor(
    probes: readonly Probe[],
    size: MapSize,
    { mapUpsampling: upsampling, layerWeights }: AveragingSettings,
    small = size.height * size.width <= SMALL_PIXELS,
  ) {
    this.levels = averagePerSize(probes, layerWeights);
    this.size = size;
    this.upsampling = upsampling;
    this.small = small;
  }

  /** SA x for maps x in rows: [m, HW] to [m, HW], row i being SA times map i. */
  apply(rows: Tensor): Tensor {
    if (this.small) return matmul(rows, transposeLast(this.dense()));
    return this.sumOverLevels(rows, ({ map }, small) => transpose(matmul(map, transposeLast(small)), [1, 0]));
  }

  /** SA^T x for maps x in rows, that is x SA: centroids of rows of SA. */
  applyTransposed(rows: Tensor): Tensor {
    if (this.small) return matmul(rows, this.dense());
    return this.sumOverLevels(rows, ({ map }, small) => matmul(small, map));
  }

  /** SA written out, [HW, HW]: 64 MiB at 64 x 64, so only where single rows are compared. */
  dense(): Tensor {
    this.writtenOut ??= this.levels
      .map((level) => {
        const same = level.height === this.size.height && level.width === this.size.width;
        const wide = same ? level.map : upsampleRows(level.map, level, this.size);
        const full = same ? wide : transposeLast(upsampleRows(transposeLast(wide), level, this.size));
        return mulScalar(full, level.share * this.massOf(level));
      })
      .reduce(add);
    return this.writtenOut;
  }

  private sumOverLevels(rows: Tensor, product: (level: Level, small: Tensor) => Tensor): Tensor {
    return this.levels
      .map((level) => {
        const same = level.height === this.size.height && level.width === this.size.width;
        const small = same ? rows : downsampleRows(rows, level, this.size);
        const result = product(level, small);
        const large = same ? result : upsampleRows(result, level, this.size);
        return mulScalar(large, level.share * this.massOf(level));
      })
      .reduce(add);
  }

  /** Upsampling repeats each key: without a correction the row's sum grows by the ratio of the areas. */
  private massOf({ height, width }: MapSize): number {
    return this.upsampling === 'values' ? 1 : (height * width) / (this.size.height * this.size.width);
  }
}

/**
 * Columns of the averaged cross- or grounding attention (equations 2 and 3), mixed by `selection`
 * [keys, m], as maps in rows [m, HW].
 *
 * @param prepare applied to the mean map of each resolution [pixels, keys] first
 */
export function selectedMaps(
  probes: readonly Probe[],
  selection: Tensor,
  size: MapSize,
  layerWeights: LayerWeighting,
  prepare: (map: Tensor) => Tensor = (map) => map,
): Tensor {
  return averagePerSize(probes, layerWeights)
    .map((level) => {
      const keys = sizeAt(level.map.shape, 1);
      if (keys !== sizeAt(selection.shape, 0)) throw new Error(`selection does not fit ${keys} keys`);
      const rows = transpose(matmul(prepare(level.map), selection), [1, 0]);
      const same = level.height === size.height && level.width === size.width;
      return mulScalar(same ? rows : upsampleRows(rows, level, size), level.share);
    })
    .reduce(add);
}
