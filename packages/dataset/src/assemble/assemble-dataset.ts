import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, type Logger } from "@roboflow/core";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { loadParquetEngine } from "../parquet/engine.js";
import type { LerobotStats } from "../stats/finalize-stats.js";
import { planAssembly } from "./assembly-plan.js";
import { infoFeatures } from "./dataset-features.js";
import type { DatasetInfo, InfoFeature } from "./dataset-info.js";
import { CHUNKS_SIZE, DATA_PATH, MIB, VIDEO_PATH } from "./file-slot.js";
import type { EpisodeSource } from "./read-manifest.js";
import { STAT_KEYS } from "./stat-columns.js";
import { encodeTaskTable } from "./task-table.js";
import { writeRows } from "./write-rows.js";
import { writeVideos } from "./write-videos.js";

export interface AssembleOptions {
  /** In the order that they get in the dataset. */
  readonly episodes: readonly EpisodeSource[];
  readonly config: LerobotConfig;
  /** An empty local directory to fill; created if it is absent. */
  readonly directory: string;
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
export async function assembleDataset(options: AssembleOptions): Promise<AssembledDataset> {
  const { episodes, directory, signal, logger = silentLogger } = options;
  const limits = options.config.dataset;
  const plan = await planAssembly(episodes, {
    maxVideoBytes: limits.video_files_size_in_mb * MIB,
    signal,
  });
  const engine = await loadParquetEngine();
  await mkdir(join(directory, "meta"), { recursive: true });
  logger.debug("assembling", { episodes: episodes.length, frames: plan.frames });

  const features = infoFeatures(plan.manifest);
  const { stats, dataFiles } = await writeRows(engine, plan, {
    ...options,
    maxBytes: limits.data_files_size_in_mb * MIB,
  });
  await writeVideos(plan, { directory, signal });
  const finished = await stats.finish(engine, {
    directory,
    dataFiles,
    features: Object.keys(features),
    signal,
  });
  await writeFile(join(directory, "meta/tasks.parquet"), encodeTaskTable(engine, plan.tasks));
  await writeJson(join(directory, "meta/stats.json"), statsJson(finished));
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
  await writeJson(join(directory, "meta/info.json"), info);
  return { episodes: episodes.length, frames: plan.frames, features };
}

function statsJson(stats: ReadonlyMap<string, LerobotStats>): unknown {
  const ordered = [...stats].map(([feature, values]) => [
    feature,
    Object.fromEntries(STAT_KEYS.map((key) => [key, values[key]])),
  ]);
  return Object.fromEntries(ordered);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, undefined, 4)}\n`);
}
