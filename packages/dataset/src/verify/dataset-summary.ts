import type { InfoFeature } from "../assemble/dataset-info.js";
import { loadParquetEngine } from "../parquet/engine.js";
import { listFiles } from "./dataset-files.js";
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
 * Describes a LeRobot v3.0 dataset on local disk from its metadata; nothing is checked.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if there is none
 */
export async function datasetInfo(directory: string): Promise<DatasetSummary> {
  const info = await readInfo(directory);
  const { texts } = await readTasks(await loadParquetEngine(), directory);
  const totals = async (below: string): Promise<FileTotals> => {
    const files = await listFiles(directory, below);
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
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
