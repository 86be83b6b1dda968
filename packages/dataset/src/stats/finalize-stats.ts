import type { FeatureStats } from "./feature-stats.js";
import { quantile, QUANTILE_NAMES, QUANTILES, type Quantiles } from "./quantiles.js";

/** `[v]` of a vector, or `[[[v]]]` of shape (3,1,1) of a camera. */
export type StatValue = number[] | number[][][];

/** One feature's entry in `meta/stats.json`; `count` is always `[n]`. */
export interface LerobotStats extends Record<keyof Quantiles, StatValue> {
  readonly min: StatValue;
  readonly max: StatValue;
  readonly mean: StatValue;
  /** Population deviation (divided by N). */
  readonly std: StatValue;
  /** Frames; sampled frames for a camera. */
  readonly count: [number];
}

/** LeRobot's statistics of a numeric feature, from its moments and the exact quantiles of its columns. */
export function finalizeNumericStats(
  stats: Extract<FeatureStats, { kind: "numeric" }>,
  quantiles: Quantiles,
): LerobotStats {
  return {
    min: stats.min,
    max: stats.max,
    mean: stats.mean,
    std: stats.m2.map((m2) => Math.sqrt(m2 / stats.count)),
    count: [stats.count],
    ...quantiles,
  };
}

/** LeRobot's statistics of a camera: values / 255 of each RGB channel, exact, of shape (3,1,1). */
export function finalizeImageStats(stats: Extract<FeatureStats, { kind: "image" }>): LerobotStats {
  const channels = stats.histograms.map(channelStats);
  const shaped = (pick: (channel: ChannelStats) => number) =>
    channels.map((channel) => [[pick(channel) / 255]]);
  return {
    min: shaped((channel) => channel.min),
    max: shaped((channel) => channel.max),
    mean: shaped((channel) => channel.mean),
    std: shaped((channel) => channel.std),
    count: [stats.count],
    q01: shaped((channel) => channel.quantiles.q01),
    q10: shaped((channel) => channel.quantiles.q10),
    q50: shaped((channel) => channel.quantiles.q50),
    q90: shaped((channel) => channel.quantiles.q90),
    q99: shaped((channel) => channel.quantiles.q99),
  };
}

interface ChannelStats {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly quantiles: Record<keyof Quantiles, number>;
}

function channelStats(histogram: readonly number[]): ChannelStats {
  let pixels = 0;
  let sum = 0;
  histogram.forEach((count, value) => {
    pixels += count;
    sum += count * value;
  });
  const mean = sum / pixels;
  let m2 = 0;
  histogram.forEach((count, value) => {
    m2 += count * (value - mean) ** 2;
  });
  const ranked = (rank: number): number => {
    let seen = 0;
    return histogram.findIndex((count) => (seen += count) > rank);
  };
  const quantiles = { q01: 0, q10: 0, q50: 0, q90: 0, q99: 0 };
  for (const name of QUANTILE_NAMES) quantiles[name] = quantile(QUANTILES[name], pixels, ranked);
  return {
    min: histogram.findIndex((count) => count > 0),
    max: histogram.findLastIndex((count) => count > 0),
    mean,
    std: Math.sqrt(m2 / pixels),
    quantiles,
  };
}
