import { DatasetError } from "../error.js";
import type { NumericStats } from "./column-stats.js";
import type { FeatureStats } from "./feature-stats.js";

/** Statistics of two episodes' frames together, exactly: neither quantiles nor deviations are averaged. */
export function mergeFeatureStats(a: FeatureStats, b: FeatureStats): FeatureStats {
  if (a.kind === "numeric" && b.kind === "numeric" && a.mean.length === b.mean.length)
    return mergeNumeric(a, b);
  if (a.kind === "image" && b.kind === "image")
    return {
      kind: "image",
      count: a.count + b.count,
      histograms: a.histograms.map((counts, channel) => add(counts, b.histograms[channel] ?? [])),
    };
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_MISMATCH",
    `statistics do not merge: ${describe(a)} and ${describe(b)}`,
    { hint: "Episodes of one dataset need the same features and shapes." },
  );
}

/** Chan, Golub and LeVeque's pairwise update of mean and M2 (1979). */
function mergeNumeric(a: NumericStats, b: NumericStats): NumericStats {
  const count = a.count + b.count;
  const each = (combine: (element: number) => number) => a.mean.map((_, index) => combine(index));
  const delta = each((index) => at(b.mean, index) - at(a.mean, index));
  return {
    kind: "numeric",
    count,
    min: each((index) => Math.min(at(a.min, index), at(b.min, index))),
    max: each((index) => Math.max(at(a.max, index), at(b.max, index))),
    mean: each((index) => at(a.mean, index) + (at(delta, index) * b.count) / count),
    m2: each(
      (index) =>
        at(a.m2, index) + at(b.m2, index) + (at(delta, index) ** 2 * a.count * b.count) / count,
    ),
  };
}

const at = (values: readonly number[], index: number): number => values[index] ?? NaN;

const add = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((count, value) => count + at(b, value));

const describe = (stats: FeatureStats): string =>
  stats.kind === "numeric" ? `a vector of ${stats.mean.length}` : "a camera";
