import { DatasetError } from "../error.js";
import type { DatasetReader } from "../files/dataset-reader.js";
import type { ParquetEngine } from "../parquet/engine.js";
import { decodeTable } from "../parquet/write-table.js";

export const TASKS_PATH = "meta/tasks.parquet";

export interface TaskTable {
  /** By row. */
  readonly texts: readonly string[];
  /** `task_index` by row. */
  readonly indices: readonly number[];
  /** Whether pandas would take the texts as its index, where lerobot looks for them. */
  readonly isIndexed: boolean;
}

/** @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if it holds no tasks */
export async function readTasks(engine: ParquetEngine, files: DatasetReader): Promise<TaskTable> {
  const file = await files.read(TASKS_PATH);
  const { columns, metadata } = decodeTable(engine, file);
  const index = columns.get("task_index");
  const [name, texts] = [...columns].find(([column]) => column !== "task_index") ?? [];
  if (index === undefined || name === undefined || texts === undefined) {
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_INVALID",
      `${TASKS_PATH} lacks task_index or the task texts`,
    );
  }
  return {
    texts: [...texts].map(String),
    indices: [...index].map(Number),
    isIndexed: isPandasIndex(metadata.get("pandas"), name),
  };
}

function isPandasIndex(metadata: string | undefined, column: string): boolean {
  if (metadata === undefined) return false;
  const { index_columns: indexes, columns }: PandasMetadata = JSON.parse(metadata);
  const described = columns?.some(({ field_name: field }) => field === column) ?? false;
  return described && (indexes?.includes(column) ?? false);
}

interface PandasMetadata {
  readonly index_columns?: readonly unknown[];
  readonly columns?: readonly { readonly field_name?: unknown }[];
}
