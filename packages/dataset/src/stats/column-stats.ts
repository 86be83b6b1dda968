import { asNumbers, columnLength, type Column } from "./column.js";
import type { FeatureStats } from "./feature-stats.js";

/** The moments of a column, which merge exactly over episodes. */
export type NumericStats = Extract<FeatureStats, { kind: "numeric" }>;

/**
 * Exact count, extremes and moments of each element over the column's frames, in float64 whatever
 * the column's type: two passes, so that a large mean does not drown a small spread.
 */
export function columnStats(column: Column): NumericStats {
  const { width } = column;
  const values = asNumbers(column.values);
  const count = columnLength(column);
  const min = new Float64Array(width).fill(Infinity);
  const max = new Float64Array(width).fill(-Infinity);
  const mean = new Float64Array(width);
  const m2 = new Float64Array(width);
  for (let at = 0, element = 0; at < values.length; at++) {
    const value = values[at] ?? NaN;
    if (value < (min[element] ?? NaN)) min[element] = value;
    if (value > (max[element] ?? NaN)) max[element] = value;
    mean[element] = (mean[element] ?? 0) + value;
    if (++element === width) element = 0;
  }
  // Rounding of the sum must not push the mean out of [min, max], or constants get a spread.
  for (let element = 0; element < width; element++) {
    const average = (mean[element] ?? 0) / count;
    mean[element] = Math.min(Math.max(average, min[element] ?? NaN), max[element] ?? NaN);
  }
  for (let at = 0, element = 0; at < values.length; at++) {
    const distance = (values[at] ?? NaN) - (mean[element] ?? 0);
    m2[element] = (m2[element] ?? 0) + distance * distance;
    if (++element === width) element = 0;
  }
  return {
    kind: "numeric",
    count,
    min: [...min],
    max: [...max],
    mean: [...mean],
    m2: [...m2],
  };
}
