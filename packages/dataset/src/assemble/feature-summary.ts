import type { NumericColumn } from "../parquet/column.js";
import { columnStats, type NumericStats } from "../stats/column-stats.js";
import type { Column } from "../stats/column.js";
import { finalizeNumericStats, type LerobotStats } from "../stats/finalize-stats.js";
import { columnQuantiles, type Quantiles } from "../stats/quantiles.js";

/** Frames and moments of a feature; the moments count rows of its last axis. */
export interface NumericSummary {
  readonly frames: number;
  readonly moments: NumericStats;
}

/** The column by its last axis: LeRobot reduces matrices over all axes but that one. */
export function byLastAxis({ values, shape }: NumericColumn): Column {
  return { values, width: shape.at(-1) ?? 1 };
}

export function summarize(column: NumericColumn): NumericSummary {
  return { frames: column.frames, moments: columnStats(byLastAxis(column)) };
}

export function toLerobotStats(
  { frames, moments }: NumericSummary,
  quantiles: Quantiles,
): LerobotStats {
  return { ...finalizeNumericStats(moments, quantiles), count: [frames] };
}

/** One episode's statistics of one numeric feature. */
export function episodeStats(column: NumericColumn): LerobotStats {
  return toLerobotStats(summarize(column), columnQuantiles([byLastAxis(column)]));
}
