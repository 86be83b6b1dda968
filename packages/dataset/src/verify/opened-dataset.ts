import type { DatasetInfo } from "../assemble/dataset-info.js";
import type { FileSlot } from "../assemble/file-slot.js";
import type { DatasetReader } from "../files/dataset-reader.js";
import type { ParquetEngine } from "../parquet/engine.js";
import type { EpisodeEntry } from "./episode-entries.js";
import { formatPath } from "./python-format.js";

/** What every check needs: a dataset's metadata. */
export interface OpenedDataset {
  readonly files: DatasetReader;
  readonly engine: ParquetEngine;
  readonly info: DatasetInfo;
  /** By `task_index`. */
  readonly tasks: readonly string[];
  /** In order of `episode_index`. */
  readonly episodes: readonly EpisodeEntry[];
  readonly signal?: AbortSignal | undefined;
}

/** Features whose pictures are in videos. */
export function cameras(info: DatasetInfo): string[] {
  return Object.keys(info.features).filter((name) => info.features[name]?.dtype === "video");
}

/** Features with a column of numbers. */
export function numericNames(info: DatasetInfo): string[] {
  const other = new Set(["video", "image", "string"]);
  return Object.entries(info.features)
    .filter(([, { dtype }]) => !other.has(dtype))
    .map(([name]) => name);
}

export function dataFileOf({ info }: OpenedDataset, { data }: EpisodeEntry): string {
  return formatPath(info.data_path, indices(data));
}

export function videoFileOf({ info }: OpenedDataset, camera: string, slot: FileSlot): string {
  return formatPath(info.video_path ?? "", { video_key: camera, ...indices(slot) });
}

function indices({ chunk, file }: FileSlot): Record<string, number> {
  return { chunk_index: chunk, file_index: file };
}
