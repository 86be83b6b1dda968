import { DatasetStats } from "../assemble/dataset-stats.js";
import { loadParquetEngine, type ParquetEngine } from "../parquet/engine.js";
import { checkEpisodes } from "./check-episodes.js";
import { checkFiles } from "./check-files.js";
import { checkImageStats } from "./check-image-stats.js";
import { checkInfo } from "./check-info.js";
import { checkRows } from "./check-rows.js";
import { checkVideos } from "./check-videos.js";
import { compareStats } from "./compare-stats.js";
import type { DatasetReader } from "../files/dataset-reader.js";
import { openReader, type ReadOptions } from "./open-reader.js";
import { readEpisodes, type EpisodeEntry } from "./episode-entries.js";
import { cameras, dataFileOf, numericNames, type OpenedDataset } from "./opened-dataset.js";
import { attempt, type Problem, type Report } from "./problem.js";
import { readInfo } from "./read-info.js";
import { readTasks, TASKS_PATH } from "./read-tasks.js";
import { readStats, STATS_PATH } from "./stat-values.js";

export interface VerifyOptions extends ReadOptions {
  /** Decode every frame of every video, the slowest part. Defaults to true. */
  readonly decode?: boolean;
  /** Rows and frames of all cameras. */
  readonly onProgress?: (progress: { framesDone: number; framesTotal: number }) => void;
}

/**
 * Checks a LeRobot v3.0 dataset, a local directory or a URL, against itself: files, counts, offsets, columns, rows,
 * time stamps, tasks, statistics (recomputed from the rows) and videos (one packet a row, every frame
 * decodes). Nothing is changed.
 *
 * @returns all problems found, in the order of the checks; none if the dataset is good
 */
export async function verifyDataset(
  directoryOrUrl: string,
  options: VerifyOptions = {},
): Promise<readonly Problem[]> {
  const { decode = true, signal, onProgress } = options;
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const engine = await loadParquetEngine();
  await using reader = openReader(directoryOrUrl, options);
  const dataset = await openDataset(engine, reader.files, report, signal);
  if (dataset === undefined) return problems;

  const { total_frames: frames } = dataset.info;
  const framesTotal = frames * (1 + cameras(dataset.info).length);
  let framesDone = 0;
  const onFrames = (done: number): void => {
    framesDone += done;
    onProgress?.({ framesDone, framesTotal });
  };
  checkInfo(dataset, report);
  checkEpisodes(dataset, report);
  await checkFiles(dataset, report);
  const gathered = new DatasetStats();
  await checkRows(dataset, gathered, report, onFrames);
  await checkDatasetStats(dataset, gathered, report);
  await checkVideos(dataset, { decode, report, onFrames });
  return problems;
}

/** Undefined if the metadata is too broken for the other checks. */
async function openDataset(
  engine: ParquetEngine,
  reader: DatasetReader,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<OpenedDataset | undefined> {
  const info = await attempt(report, { code: "info", file: "meta/info.json" }, () =>
    readInfo(reader),
  );
  if (info === undefined) return undefined;
  const tasks = await attempt(report, { code: "tasks", file: TASKS_PATH }, async () => {
    const { texts, indices, isIndexed } = await readTasks(engine, reader);
    const wrong = (message: string): void =>
      report({ code: "tasks", severity: "error", file: TASKS_PATH, message });
    if (indices.some((index, row) => index !== row)) wrong("task_index is not the row number");
    if (!isIndexed) wrong("the task texts are not the pandas index, where lerobot looks for them");
    return texts;
  });
  const episodes: EpisodeEntry[] = [];
  const files = await reader.list("meta/episodes");
  for (const { path: file } of files) {
    signal?.throwIfAborted();
    const rows = await attempt(report, { code: "file-unreadable", file }, () =>
      readEpisodes(engine, { files: reader, file, cameras: cameras(info) }),
    );
    if (rows === undefined) return undefined;
    episodes.push(...rows);
  }
  if (files.length === 0) {
    const message = "meta/episodes holds no files";
    report({ code: "file-missing", severity: "error", file: "meta/episodes", message });
    return undefined;
  }
  return { files: reader, engine, info, tasks: tasks ?? [], episodes, signal };
}

/** `meta/stats.json` against all rows, and against the episodes' statistics for cameras. */
async function checkDatasetStats(
  dataset: OpenedDataset,
  gathered: DatasetStats,
  report: Report,
): Promise<void> {
  const where = { code: "stats", file: STATS_PATH } as const;
  const stored = await attempt(report, where, () => readStats(dataset.files));
  if (stored === undefined) return;
  await attempt(report, where, async () => {
    const features = numericNames(dataset.info);
    const exact = await gathered.finish(dataset.engine, {
      read: (file) => dataset.files.read(file),
      dataFiles: new Set(dataset.episodes.map((entry) => dataFileOf(dataset, entry))),
      features,
      signal: dataset.signal,
    });
    for (const [feature, stats] of exact) {
      compareStats(stored.get(feature), stats, { feature, file: STATS_PATH }, report);
    }
  });
  checkImageStats(dataset, stored, report);
}
