import type { InfoFeature } from "../assemble/dataset-info.js";
import { loadParquetEngine } from "../parquet/engine.js";
import { openReader, type ReadOptions } from "./open-reader.js";
import { readInfo } from "./read-info.js";
import { readTasks } from "./read-tasks.js";

/** Files of one kind. */
export interface FileTotals {
  readonly files: number;
  readonly bytes: number;
}

/** What `dataset info` shows. */
export interface DatasetSummary {
  /** LeRobot's format, e.g. `v3.0`. */
  readonly version: string;
  readonly robotType: string | null;
  readonly episodes: number;
  readonly frames: number;
  readonly fps: number;
  /** Duration of all episodes. */
  readonly seconds: number;
  readonly features: Readonly<Record<string, InfoFeature>>;
  /** By `task_index`. */
  readonly tasks: readonly string[];
  readonly data: FileTotals;
  readonly videos: FileTotals;
  readonly meta: FileTotals;
}

/**
 * Describes a LeRobot v3.0 dataset, a local directory or a URL, from its metadata; nothing is checked.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if there is none; StorageError if it can't be read
 */
export async function datasetInfo(
  directoryOrUrl: string,
  options: ReadOptions = {},
): Promise<DatasetSummary> {
  await using reader = openReader(directoryOrUrl, options);
  const { files } = reader;
  const info = await readInfo(files);
  const { texts } = await readTasks(await loadParquetEngine(), files);
  const totals = async (below: string): Promise<FileTotals> => {
    const found = await files.list(below);
    return { files: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
  };
  return {
    version: info.codebase_version,
    robotType: info.robot_type,
    episodes: info.total_episodes,
    frames: info.total_frames,
    fps: info.fps,
    seconds: info.total_frames / info.fps,
    features: info.features,
    tasks: texts,
    data: await totals("data"),
    videos: await totals("videos"),
    meta: await totals("meta"),
  };
}
