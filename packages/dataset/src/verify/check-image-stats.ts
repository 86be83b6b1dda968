import { cameras, type OpenedDataset } from "./opened-dataset.js";
import type { Problem, Report } from "./problem.js";
import { featureStats, STATS_PATH, type FeatureStatValues } from "./stat-values.js";

const CHANNELS = [0, 1, 2] as const;
const TOLERANCE = 1e-3;

/**
 * Cameras' statistics can't be recomputed, as they come from the pictures before encoding. But they
 * must be possible, and those of the dataset must follow from the episodes': every sampled frame has
 * as many pixels as any other.
 */
export function checkImageStats(
  { info, episodes }: OpenedDataset,
  dataset: ReadonlyMap<string, FeatureStatValues>,
  report: Report,
): void {
  for (const camera of cameras(info)) {
    const perEpisode: (ChannelStats | undefined)[] = [];
    for (const [episode, entry] of episodes.entries()) {
      const stored = featureStats(entry.stats, camera);
      const place = { feature: camera, episode, file: entry.file };
      perEpisode.push(checkPossible(stored, place, entry.length, report));
    }
    const whole = checkPossible(
      dataset.get(camera),
      { feature: camera, file: STATS_PATH },
      info.total_frames,
      report,
    );
    if (whole !== undefined) checkPooled(camera, perEpisode, whole, report);
  }
}

interface ChannelStats {
  readonly count: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

function checkPossible(
  stored: FeatureStatValues | undefined,
  place: Pick<Problem, "feature" | "episode" | "file">,
  frames: number,
  report: Report,
): ChannelStats | undefined {
  const wrong = (message: string): undefined => {
    report({ code: "stats", severity: "error", ...place, message: `${place.feature}: ${message}` });
    return undefined;
  };
  const get = (key: string): readonly number[] => stored?.get(key)?.values ?? [];
  const ordered = ["min", "q01", "q10", "q50", "q90", "q99", "max"] as const;
  for (const key of [...ordered, "mean", "std"] as const) {
    const value = stored?.get(key);
    if (value === undefined) return wrong(`statistic ${key} is missing`);
    if (String(value.shape) !== "3,1,1") return wrong(`${key} has not the shape (3,1,1)`);
  }
  const [count = 0] = get("count");
  if (!(count >= 1 && count <= frames)) return wrong(`count is ${count} of ${frames} frames`);
  for (const channel of CHANNELS) {
    const at = (key: string): number => get(key)[channel] ?? NaN;
    const range = ordered.map(at);
    const sorted = range.every((value, i) => i === 0 || value >= (range[i - 1] ?? NaN) - TOLERANCE);
    const inside = at("min") >= -TOLERANCE && at("max") <= 1 + TOLERANCE;
    if (!sorted || !inside) {
      return wrong(`channel ${channel}: min, quantiles and max do not ascend in [0, 1]`);
    }
    if (!(at("mean") >= at("min") - TOLERANCE && at("mean") <= at("max") + TOLERANCE)) {
      return wrong(`channel ${channel}: mean ${at("mean")} is outside [min, max]`);
    }
    const spread = at("max") - at("min");
    // No distribution in a range is wider than half of it.
    if (!(at("std") >= 0 && at("std") <= spread / 2 + TOLERANCE)) {
      return wrong(`channel ${channel}: std ${at("std")} is impossible`);
    }
    if (spread > TOLERANCE && at("std") === 0) {
      return wrong(`channel ${channel}: std is 0, but min and max differ`);
    }
  }
  return { count, mean: get("mean"), std: get("std"), min: get("min"), max: get("max") };
}

function checkPooled(
  camera: string,
  episodes: readonly (ChannelStats | undefined)[],
  whole: ChannelStats,
  report: Report,
): void {
  const parts = episodes.filter((part) => part !== undefined);
  if (parts.length < episodes.length) return;
  const wrong = (key: string, found: number, wanted: number): void => {
    if (Math.abs(found - wanted) <= TOLERANCE) return;
    const message = `${camera}: ${key} is ${found}, but the episodes' give ${wanted}`;
    report({ code: "stats", severity: "error", feature: camera, file: STATS_PATH, message });
  };
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  wrong("count", whole.count, count);
  for (const channel of CHANNELS) {
    const pooled = (valueOf: (part: ChannelStats) => number): number =>
      parts.reduce((sum, part) => sum + part.count * valueOf(part), 0) / count;
    const at = (values: readonly number[]): number => values[channel] ?? NaN;
    const mean = pooled((part) => at(part.mean));
    const square = pooled((part) => at(part.std) ** 2 + at(part.mean) ** 2);
    wrong("mean", at(whole.mean), mean);
    wrong("std", at(whole.std), Math.sqrt(Math.max(0, square - mean ** 2)));
    wrong("min", at(whole.min), Math.min(...parts.map((part) => at(part.min))));
    wrong("max", at(whole.max), Math.max(...parts.map((part) => at(part.max))));
  }
}
