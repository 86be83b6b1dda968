import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, type Logger } from "@roboflow/core";
import type { Recording, TopicInfo } from "@roboflow/sources";
import type { TimeRange } from "../align/time-grid.js";
import type { Annotation } from "../config/annotation.js";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { resolveTasks } from "../config/resolve-tasks.js";
import { writeEpisodeTable } from "../parquet/episode-table.js";
import { describeFeatures } from "./describe-features.js";
import { episodeGrid } from "./episode-grid.js";
import { EpisodeManifest } from "./manifest.js";
import { mappedTopics } from "./mapped-topics.js";
import type { Timing } from "./read-samples.js";
import { reportWarnings } from "./report-warnings.js";
import { scanStamps } from "./stamp-scan.js";
import { streamFrames, videoFile } from "./stream-frames.js";

/** What `convertRecording` leaves in its directory, beside `videos/<feature>.mp4`. */
export const EPISODE_DATA_FILE = "data.parquet";
export const EPISODE_MANIFEST_FILE = "episode.json";

export interface ConvertRecordingOptions {
  readonly recording: Recording;
  readonly config: LerobotConfig;
  /** Tasks by time range. */
  readonly annotation?: Annotation;
  /** The job's task; it goes before the config's. */
  readonly task?: string;
  /** Local directory to fill; created if absent. After an error it holds parts. */
  readonly directory: string;
  /** Kept in the manifest, to tell where the episode came from. */
  readonly source: EpisodeManifest["source"];
  /** Version of the software, kept in the manifest. */
  readonly software: string;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  onProgress?(progress: { readonly framesDone: number; readonly framesTotal: number }): void;
}

/**
 * Turns one recording into one episode: `data.parquet`, `videos/<feature>.mp4` and `episode.json`.
 * One pass over the mapped messages (two by header time) with bounded memory; the same recording
 * and config give the same bytes.
 *
 * @throws DatasetError for a recording that does not fit the config, SourceError for one that can't
 *   be read, and the signal's reason once it is aborted
 */
export async function convertRecording(options: ConvertRecordingOptions): Promise<EpisodeManifest> {
  const { recording, config, directory, signal, logger = silentLogger } = options;
  signal?.throwIfAborted();
  const topics = mappedTopics(recording, config.mappings);
  const timing = await chooseTiming(options, topics);
  const grid = episodeGrid(requiredRanges(config, topics, timing), config.dataset.fps);
  const { tasks, warnings } = resolveTasks({ ...options, grid });
  await mkdir(join(directory, "videos"), { recursive: true });

  const framesTotal = grid.frames;
  options.onProgress?.({ framesDone: 0, framesTotal });
  const streamed = await streamFrames({
    recording,
    config,
    topics: [...topics.keys()],
    grid,
    timing,
    directory,
    signal,
    logger,
    onFrames: (framesDone) => options.onProgress?.({ framesDone, framesTotal }),
  });
  const features = describeFeatures(config, streamed, framesTotal);
  await writeEpisodeTable(join(directory, EPISODE_DATA_FILE), features.columns);

  const reports = streamed.tracks.map((track) =>
    track.report(topics.get(track.mapping.topic)?.messageCount ?? 0),
  );
  const manifest = EpisodeManifest.parse({
    version: 1,
    length: framesTotal,
    fps: config.dataset.fps,
    robotType: config.dataset.robot_type ?? null,
    features: features.specs,
    tasks,
    dataFile: EPISODE_DATA_FILE,
    videos: Object.fromEntries(
      [...streamed.cameras].map(([feature, { bytes, parameters }]) => [
        feature,
        { file: videoFile(feature), bytes, parameters },
      ]),
    ),
    stats: features.stats,
    source: options.source,
    software: options.software,
    topics: reports,
    warnings: [
      ...recording.warnings.map(({ message }) => message),
      ...warnings,
      ...reports.flatMap(reportWarnings),
    ],
  });
  signal?.throwIfAborted();
  const path = join(directory, EPISODE_MANIFEST_FILE);
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

async function chooseTiming(
  { recording, config, signal }: ConvertRecordingOptions,
  topics: ReadonlyMap<string, TopicInfo>,
): Promise<Timing> {
  if (config.dataset.time === "log") return { clock: "log" };
  return { clock: "header", stamps: await scanStamps(recording, topics.keys(), signal) };
}

/** When the topics spoke that bound the episode, by the dataset's clock. */
function requiredRanges(
  config: LerobotConfig,
  topics: ReadonlyMap<string, TopicInfo>,
  timing: Timing,
): Map<string, TimeRange> {
  const ranges = new Map<string, TimeRange>();
  for (const { topic, optional } of config.mappings) {
    if (optional) continue;
    const { firstLogTime, lastLogTime } = topics.get(topic) ?? {};
    if (timing.clock === "header") {
      const stamps = timing.stamps.get(topic);
      if (stamps !== undefined) ranges.set(topic, stamps.range);
    } else if (firstLogTime !== undefined && lastLogTime !== undefined) {
      ranges.set(topic, { first: firstLogTime, last: lastLogTime });
    }
  }
  return ranges;
}
