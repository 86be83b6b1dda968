import { asNumbers, columnLength, type Column } from "./column.js";

/** LeRobot's quantiles by their names in `meta/stats.json`. */
export const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;
export type QuantileName = keyof typeof QUANTILES;
export const QUANTILE_NAMES = Object.keys(QUANTILES) as readonly QuantileName[];

/** One value for each element of the feature (or colour channel). */
export type Quantiles = Record<QuantileName, number[]>;

/**
 * Linear interpolation between order statistics (Hyndman and Fan's type 7, numpy's default):
 * `at(i)` is the i-th smallest of `count` values.
 */
export function quantile(q: number, count: number, at: (rank: number) => number): number {
  const position = q * (count - 1);
  const below = Math.floor(position);
  const lower = at(below);
  const weight = position - below;
  return weight === 0 ? lower : lower + weight * (at(below + 1) - lower);
}

/** Exact quantiles of each element over all frames of all columns (one column an episode). */
export function columnQuantiles(columns: readonly Column[]): Quantiles {
  const width = columns[0]?.width ?? 0;
  const frames = columns.reduce((total, column) => total + columnLength(column), 0);
  const numbers = columns.map((column) => asNumbers(column.values));
  const result: Quantiles = { q01: [], q10: [], q50: [], q90: [], q99: [] };
  const sorted = new Float64Array(frames);
  for (let element = 0; element < width; element++) {
    let filled = 0;
    for (const values of numbers)
      for (let at = element; at < values.length; at += width) sorted[filled++] = values[at] ?? NaN;
    sorted.sort();
    for (const name of QUANTILE_NAMES)
      result[name].push(quantile(QUANTILES[name], frames, (rank) => sorted[rank] ?? NaN));
  }
  return result;
}
