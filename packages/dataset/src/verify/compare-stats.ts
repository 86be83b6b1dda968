import { STAT_KEYS } from "../assemble/stat-columns.js";
import type { LerobotStats } from "../stats/finalize-stats.js";
import { QUANTILE_NAMES } from "../stats/quantiles.js";
import type { Problem, Report } from "./problem.js";
import type { FeatureStatValues } from "./stat-values.js";

/** Where statistics stand, for the problem. */
export type StatPlace = Pick<Problem, "episode" | "feature" | "file">;

/** Of the range of the values; lerobot computes in float32 and from histograms. */
const RELATIVE_TOLERANCE = 2e-4;
const isQuantile = (key: string): boolean => (QUANTILE_NAMES as readonly string[]).includes(key);

/**
 * Compares a numeric feature's statistics with those of its rows. Quantiles inside the range and in
 * order only warn: lerobot itself averages those of episodes.
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
  const tolerance = (at: number): number =>
    RELATIVE_TOLERANCE * ((max[at] ?? 0) - (min[at] ?? 0)) +
    1e-5 * Math.max(Math.abs(max[at] ?? 0), Math.abs(min[at] ?? 0)) +
    1e-6;
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
    const at = found.findIndex(
      (value, index) => !(Math.abs(value - (wanted[index] ?? NaN)) <= tolerance(index)),
    );
    if (at < 0) continue;
    const value = found[at] ?? NaN;
    const inRange =
      value >= (min[at] ?? NaN) - tolerance(at) && value <= (max[at] ?? NaN) + tolerance(at);
    problem(
      isQuantile(key) && inRange ? "warning" : "error",
      `${key} of element ${at} is ${value}, but its rows give ${wanted[at]}`,
    );
  }
}

const flat = (value: LerobotStats[keyof LerobotStats]): number[] => value.flat(2);
