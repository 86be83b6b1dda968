import type { LerobotConfig } from "../config/lerobot-config.js";
import type { NumericColumn } from "../parquet/column.js";
import { columnStats } from "../stats/column-stats.js";
import type { FeatureStats } from "../stats/feature-stats.js";
import { mergeFeatureStats } from "../stats/merge-stats.js";
import type { FeatureSpec } from "./manifest.js";
import { joinSegments } from "./numeric-feature.js";
import type { StreamedFrames } from "./stream-frames.js";

/** The episode's features, keyed by name in the config's order. */
export interface EpisodeFeatures {
  readonly specs: Record<string, FeatureSpec>;
  readonly stats: Record<string, FeatureStats>;
  /** Numeric features only. */
  readonly columns: Record<string, NumericColumn>;
}

/** Declares what was converted and takes its statistics. */
export function describeFeatures(
  config: LerobotConfig,
  { cameras, segments }: StreamedFrames,
  frames: number,
): EpisodeFeatures {
  const features: EpisodeFeatures = { specs: {}, stats: {}, columns: {} };
  for (const { feature } of config.mappings) {
    if (feature in features.specs) continue;
    const [first, ...others] = cameras.get(feature) ?? [];
    if (first !== undefined) {
      const { height, width } = first.parameters;
      const names = ["height", "width", "channels"];
      features.specs[feature] = { dtype: "video", shape: [height, width, 3], names };
      features.stats[feature] = others.reduce(
        (sum: FeatureStats, { stats }) => mergeFeatureStats(sum, stats),
        first.stats,
      );
      continue;
    }
    const parts = segments.filter(({ mapping }) => mapping.feature === feature);
    const { spec, column } = joinSegments(parts, frames);
    features.specs[feature] = spec;
    features.columns[feature] = column;
    features.stats[feature] = columnStats({ values: column.values, width: spec.shape[0] ?? 1 });
  }
  return features;
}
