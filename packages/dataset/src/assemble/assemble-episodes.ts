import { writeFile } from "node:fs/promises";
import { silentLogger, type Logger } from "@roboflow/core";
import type { LerobotConfig } from "../config/lerobot-config.js";
import type { DatasetFiles } from "../files/dataset-files.js";
import type { FetchedFiles } from "../files/fetched-files.js";
import { loadParquetEngine } from "../parquet/engine.js";
import type { LerobotStats } from "../stats/finalize-stats.js";
import { planAssembly } from "./assembly-plan.js";
import { infoFeatures } from "./dataset-features.js";
import type { DatasetInfo, InfoFeature } from "./dataset-info.js";
import { CHUNKS_SIZE, DATA_PATH, MIB, VIDEO_PATH } from "./file-slot.js";
import type { EpisodeArtifacts } from "./read-manifest.js";
import { STAT_KEYS } from "./stat-columns.js";
import { encodeTaskTable } from "./task-table.js";
import { writeRows } from "./write-rows.js";
import { writeVideos } from "./write-videos.js";

export interface AssemblyOptions {
  /** In the order that they get in the dataset. */
  readonly episodes: readonly EpisodeArtifacts[];
  readonly config: LerobotConfig;
  /** The episodes' files. */
  readonly inputs: FetchedFiles;
  /** The dataset's; nothing may be there. */
  readonly outputs: DatasetFiles;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly onProgress?: (progress: { framesDone: number; framesTotal: number }) => void;
}

export interface AssembledDataset {
  readonly episodes: number;
  readonly frames: number;
  readonly features: Readonly<Record<string, InfoFeature>>;
}

/**
 * Writes a LeRobot v3.0 dataset of these episodes. The same artifacts give the same bytes; memory is
 * bounded by one episode and one output file. `meta/info.json` is written last.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_MISMATCH` if episodes do not fit, naming both
 *   recordings; `_TOO_LONG`; `_VIDEO` and `_INVALID` if artifacts are damaged
 */
export async function assembleEpisodes(options: AssemblyOptions): Promise<AssembledDataset> {
  const { episodes, inputs, outputs, signal, logger = silentLogger } = options;
  const limits = options.config.dataset;
  const plan = await planAssembly(episodes, {
    inputs,
    maxVideoBytes: limits.video_files_size_in_mb * MIB,
    signal,
  });
  const engine = await loadParquetEngine();
  logger.debug("assembling", { episodes: episodes.length, frames: plan.frames });

  const features = infoFeatures(plan.manifest);
  const { stats, dataFiles } = await writeRows(engine, plan, {
    ...options,
    maxBytes: limits.data_files_size_in_mb * MIB,
  });
  await writeVideos(plan, { inputs, outputs, signal });
  const finished = await stats.finish(engine, {
    read: (file) => outputs.read(file),
    dataFiles,
    features: Object.keys(features),
    signal,
  });
  const write = async (file: string, content: Uint8Array | string): Promise<void> => {
    await writeFile(await outputs.make(file), content);
    await outputs.finish(file);
  };
  await write("meta/tasks.parquet", encodeTaskTable(engine, plan.tasks));
  await write("meta/stats.json", toJson(statsJson(finished)));
  const info: DatasetInfo = {
    codebase_version: "v3.0",
    robot_type: plan.manifest.robotType,
    total_episodes: episodes.length,
    total_frames: plan.frames,
    total_tasks: plan.tasks.size,
    chunks_size: CHUNKS_SIZE,
    data_files_size_in_mb: limits.data_files_size_in_mb,
    video_files_size_in_mb: limits.video_files_size_in_mb,
    fps: plan.manifest.fps,
    splits: { train: `0:${episodes.length}` },
    data_path: DATA_PATH,
    video_path: plan.videos.size > 0 ? VIDEO_PATH : null,
    features,
  };
  await outputs.settled();
  await write("meta/info.json", toJson(info));
  await outputs.settled();
  return { episodes: episodes.length, frames: plan.frames, features };
}

function statsJson(stats: ReadonlyMap<string, LerobotStats>): unknown {
  const ordered = [...stats].map(([feature, values]) => [
    feature,
    Object.fromEntries(STAT_KEYS.map((key) => [key, values[key]])),
  ]);
  return Object.fromEntries(ordered);
}

const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 4)}\n`;
