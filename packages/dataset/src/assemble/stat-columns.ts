import type { Data } from "apache-arrow";
import { toNestedLists } from "../parquet/arrow-column.js";
import type { NumericColumn, NumericDtype } from "../parquet/column.js";
import type { ParquetEngine } from "../parquet/engine.js";
import type { LerobotStats } from "../stats/finalize-stats.js";

/** Keys of one feature's statistics, in the order that lerobot writes them. */
export const STAT_KEYS = [
  "min",
  "max",
  "mean",
  "std",
  "count",
  "q01",
  "q10",
  "q50",
  "q90",
  "q99",
] as const satisfies readonly (keyof LerobotStats)[];

type StatKey = (typeof STAT_KEYS)[number];

/** The columns `stats/F/min` and so on of meta/episodes for one feature; one entry an episode. */
export function statColumns(
  engine: ParquetEngine,
  feature: string,
  dtype: NumericDtype | "video",
  stats: readonly LerobotStats[],
): [name: string, data: Data][] {
  return STAT_KEYS.map((key) => {
    const values = stats.map((each) => flatten(each[key]));
    const elements = values[0]?.length ?? 0;
    // Cameras keep lerobot's (3,1,1), but for the count.
    const shape = dtype === "video" && key !== "count" ? [elements, 1, 1] : [elements];
    const column = toColumn(storedAs(key, dtype), shape, values);
    return [`stats/${feature}/${key}`, toNestedLists(engine, column)];
  });
}

function flatten(value: LerobotStats[StatKey]): number[] {
  return value.flatMap((entry) => (typeof entry === "number" ? [entry] : entry.flat()));
}

/** Extremes keep the feature's type; everything computed is a double. */
function storedAs(key: StatKey, dtype: NumericDtype | "video"): "float64" | "int64" | "bool" {
  if (key === "count") return "int64";
  const extreme = key === "min" || key === "max";
  return extreme && (dtype === "int64" || dtype === "bool") ? dtype : "float64";
}

function toColumn(
  dtype: "float64" | "int64" | "bool",
  shape: readonly number[],
  rows: readonly (readonly number[])[],
): NumericColumn {
  const frames = rows.length;
  const values = rows.flat();
  switch (dtype) {
    case "float64":
      return { dtype, shape, frames, values: Float64Array.from(values) };
    case "int64":
      return { dtype, shape, frames, values: BigInt64Array.from(values, BigInt) };
    case "bool":
      return { dtype, shape, frames, values: Uint8Array.from(values) };
  }
}
