import type { ParquetEngine } from "../parquet/engine.js";
import { toArrow } from "../parquet/arrow-column.js";
import { encodeTable } from "../parquet/write-table.js";
import type { EpisodeManifest } from "../episode/manifest.js";

/** Pandas' name for an index column without a name. */
const INDEX_COLUMN = "__index_level_0__";

/**
 * By this the task text arrives as the pandas index, which is where lerobot looks for it.
 * Format: https://pandas.pydata.org/docs/development/developer.html
 */
const PANDAS_METADATA = {
  index_columns: [INDEX_COLUMN],
  column_indexes: [
    {
      name: null,
      field_name: null,
      pandas_type: "unicode",
      numpy_type: "object",
      metadata: { encoding: "UTF-8" },
    },
  ],
  columns: [
    {
      name: "task_index",
      field_name: "task_index",
      pandas_type: "int64",
      numpy_type: "int64",
      metadata: null,
    },
    {
      name: null,
      field_name: INDEX_COLUMN,
      pandas_type: "unicode",
      numpy_type: "object",
      metadata: null,
    },
  ],
};

/** Gives each task text its `task_index`, in order of first appearance. */
export function addTasks(indices: Map<string, number>, { tasks }: EpisodeManifest): void {
  for (const { task } of tasks) {
    if (!indices.has(task)) indices.set(task, indices.size);
  }
}

/** `meta/tasks.parquet`: row number is `task_index`. */
export function encodeTaskTable(
  engine: ParquetEngine,
  indices: ReadonlyMap<string, number>,
): Uint8Array {
  const rows = indices.size;
  const values = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row));
  const texts = engine.arrow.vectorFromArray([...indices.keys()], new engine.arrow.Utf8());
  const columns = new Map([
    ["task_index", toArrow(engine, { dtype: "int64", shape: [1], frames: rows, values })],
    ...texts.data.slice(0, 1).map((data) => [INDEX_COLUMN, data] as const),
  ]);
  const metadata = new Map([["pandas", JSON.stringify(PANDAS_METADATA)]]);
  return encodeTable(engine, { rows, columns }, metadata);
}
