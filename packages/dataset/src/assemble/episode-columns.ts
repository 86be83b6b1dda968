import { DatasetError } from "../error.js";
import type { NumericColumn } from "../parquet/column.js";
import { readEpisodeTable } from "../parquet/episode-table.js";
import { numericFeatures } from "./dataset-features.js";
import type { LabelledManifest } from "./check-fit.js";

/** Where an episode is in the dataset. */
export interface EpisodePosition {
  readonly episodeIndex: number;
  /** `index` of the first frame. */
  readonly firstIndex: number;
  /** `task_index` by task text. */
  readonly taskIndices: ReadonlyMap<string, number>;
}

/**
 * All columns of an episode's rows, in order: the recorded ones from the file at `path`, checked against the manifest, and
 * LeRobot's five.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` naming the recording and the feature
 */
export async function episodeColumns(
  path: string,
  { manifest, label }: LabelledManifest,
  position: EpisodePosition,
): Promise<Map<string, NumericColumn>> {
  const table = await readEpisodeTable(path);
  const defaults = defaultColumns(manifest, position);
  const columns = new Map<string, NumericColumn>();
  for (const { name, dtype, shape } of numericFeatures(manifest)) {
    const column = defaults.get(name) ?? table[name];
    const wanted = `${dtype} ${JSON.stringify(shape)} × ${manifest.length}`;
    const found =
      column === undefined
        ? "nothing"
        : `${column.dtype} ${JSON.stringify(column.shape)} × ${column.frames}`;
    if (column === undefined || found !== wanted) {
      throw invalid(`${label}: ${manifest.data.file} holds ${found} for ${name}, not ${wanted}`);
    }
    const frame = firstNonFinite(column);
    if (frame !== undefined) {
      throw invalid(`${label}: ${name} is not a finite number in frame ${frame}`);
    }
    columns.set(name, column);
  }
  return columns;
}

function defaultColumns(
  { length, fps, tasks }: LabelledManifest["manifest"],
  { episodeIndex, firstIndex, taskIndices }: EpisodePosition,
): Map<string, NumericColumn> {
  const integers = (valueOf: (frame: number) => number): NumericColumn => ({
    dtype: "int64",
    shape: [1],
    frames: length,
    values: BigInt64Array.from({ length }, (_, frame) => BigInt(valueOf(frame))),
  });
  const taskOfFrame = new Int32Array(length);
  for (const { task, from, to } of tasks) taskOfFrame.fill(taskIndices.get(task) ?? -1, from, to);
  const timestamp = Float32Array.from({ length }, (_, frame) => frame / fps);
  return new Map([
    ["timestamp", { dtype: "float32", shape: [1], frames: length, values: timestamp }],
    ["frame_index", integers((frame) => frame)],
    ["episode_index", integers(() => episodeIndex)],
    ["index", integers((frame) => firstIndex + frame)],
    ["task_index", integers((frame) => taskOfFrame[frame] ?? -1)],
  ]);
}

/** The first frame that holds NaN or an infinity. */
export function firstNonFinite({ dtype, values, frames }: NumericColumn): number | undefined {
  if (dtype === "int64" || dtype === "bool") return undefined;
  const at = values.findIndex((value) => !Number.isFinite(value));
  return at < 0 ? undefined : Math.floor(at / (values.length / frames));
}

const invalid = (message: string): DatasetError =>
  new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", message, {
    hint: "Convert the recording again.",
  });
