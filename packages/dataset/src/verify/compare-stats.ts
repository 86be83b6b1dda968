import { STAT_KEYS } from "../assemble/stat-columns.js";
import type { LerobotStats } from "../stats/finalize-stats.js";
import { QUANTILE_NAMES } from "../stats/quantiles.js";
import type { Problem, Report } from "./problem.js";
import type { FeatureStatValues } from "./stat-values.js";

/** Where statistics stand, for the problem. */
export type StatPlace = Pick<Problem, "episode" | "feature" | "file">;

/** Of the range of the values: lerobot computes in float32. */
const TOLERANCE = 2e-4;
/** lerobot reads quantiles off a histogram and averages those of episodes; less is no news. */
const QUANTILE_TOLERANCE = 0.05;

const isQuantile = (key: string): boolean => (QUANTILE_NAMES as readonly string[]).includes(key);

/**
 * Compares a numeric feature's statistics with those of its rows. Quantiles that are off but inside
 * the range of the values only warn, once for the feature.
 */
export function compareStats(
  stored: FeatureStatValues | undefined,
  exact: LerobotStats,
  place: StatPlace,
  report: Report,
): void {
  const problem = (severity: Problem["severity"], message: string): void =>
    report({ code: "stats", severity, ...place, message: `${place.feature}: ${message}` });
  if (stored === undefined) return problem("error", "has no statistics");
  const min = flat(exact.min);
  const max = flat(exact.max);
  /** Whether the element is within `share` of the range from `low` to `high`. */
  const isNear = (value: number, at: number, share: number, low: number, high = low): boolean => {
    const [least = NaN, most = NaN] = [min[at], max[at]];
    const rounding = 1e-5 * Math.max(Math.abs(most), Math.abs(least)) + 1e-6;
    const tolerance = share * (most - least) + rounding;
    return value >= low - tolerance && value <= high + tolerance;
  };
  const off: string[] = [];
  for (const key of STAT_KEYS) {
    const found = stored.get(key)?.values;
    const wanted = flat(exact[key]);
    if (found === undefined) {
      problem(isQuantile(key) ? "warning" : "error", `statistic ${key} is missing`);
      continue;
    }
    if (found.length !== wanted.length) {
      problem("error", `${key} has ${found.length} elements, not ${wanted.length}`);
      continue;
    }
    const share = isQuantile(key) ? QUANTILE_TOLERANCE : TOLERANCE;
    const at = found.findIndex(
      (value, index) => !isNear(value, index, share, wanted[index] ?? NaN),
    );
    if (at < 0) continue;
    const value = found[at] ?? NaN;
    const difference = `${key} of element ${at} is ${value}, but its rows give ${wanted[at]}`;
    const isPossible = isNear(value, at, TOLERANCE, min[at] ?? NaN, max[at] ?? NaN);
    if (isQuantile(key) && isPossible) off.push(difference);
    else problem("error", difference);
  }
  if (off.length > 0) problem("warning", off.join("; "));
}

const flat = (value: LerobotStats[keyof LerobotStats]): number[] => value.flat(2);
