import { resolve } from "node:path";
import { silentLogger, type Logger } from "@roboflow/core";
import type { Recording, TopicInfo } from "@roboflow/sources";
import { createStorage, toUrl } from "@roboflow/storage";
import type { TimeRange } from "../align/time-grid.js";
import type { Annotation } from "../config/annotation.js";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { resolveTasks } from "../config/resolve-tasks.js";
import { writeEpisodeTable } from "../parquet/episode-table.js";
import { CHECKPOINT_FRAMES, type SegmentPlan } from "./checkpoint.js";
import { describeFeatures } from "./describe-features.js";
import { EpisodeFiles } from "../files/episode-files.js";
import { MadeFiles } from "../files/made-files.js";
import { Scratch } from "../files/scratch.js";
import { episodeGrid } from "./episode-grid.js";
import { EPISODE_MANIFEST_FILE, EpisodeManifest } from "./manifest.js";
import { mappedTopics } from "./mapped-topics.js";
import type { Timing } from "./read-samples.js";
import { reportWarnings } from "./report-warnings.js";
import { scanStamps } from "./stamp-scan.js";
import { framesOf, streamFrames } from "./stream-frames.js";
import { takeOverCheckpoints } from "./take-over.js";

/** What a conversion leaves beside `videos/<feature>/<segment>.mp4` and the manifest. */
export const EPISODE_DATA_FILE = "data.parquet";

/** What to convert, and how. */
export interface EpisodeConversion {
  readonly recording: Recording;
  readonly config: LerobotConfig;
  /** Tasks by time range. */
  readonly annotation?: Annotation;
  /** The job's task; it goes before the config's. */
  readonly task?: string;
  /** Kept in the manifest, to tell where the episode came from. */
  readonly source: EpisodeManifest["source"];
  /** Version of the software, kept in the manifest. */
  readonly software: string;
  /** Directory URLs of earlier attempts at this episode, the newest first, to go on from. */
  readonly resumeFrom?: readonly string[];
  /** Frames from checkpoint to checkpoint; the videos' bytes depend on it. For tests. */
  readonly checkpointFrames?: number;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  onProgress?(progress: { readonly framesDone: number; readonly framesTotal: number }): void;
}

export interface ConvertedEpisode {
  readonly manifest: EpisodeManifest;
  /** Frames whose pictures an earlier attempt had encoded. */
  readonly resumedFrames: number;
}

export interface ConvertRecordingOptions extends EpisodeConversion {
  /** Local directory to fill; created if absent. After an error it holds parts. */
  readonly directory: string;
}

/** @see convertEpisode */
export async function convertRecording(options: ConvertRecordingOptions): Promise<EpisodeManifest> {
  const { signal, logger } = options;
  const directory = resolve(options.directory);
  await using storage = createStorage(logger ? { logger } : {});
  // The files are made in place.
  await using scratch = new Scratch(directory);
  const url = toUrl(`${directory}/`, directory);
  const files = await MadeFiles.open({ storage, url, scratch, signal });
  return (await convertEpisode(options, new EpisodeFiles(files))).manifest;
}

/**
 * Turns one recording into one episode: `data.parquet`, `videos/<feature>/<segment>.mp4` and
 * `episode.json`. One pass over the mapped messages (two by header time) with bounded memory; the
 * same recording and config give the same bytes, also with `resumeFrom`.
 *
 * Videos are cut into segments of `checkpointFrames` frames. When all cameras have stored one,
 * `checkpoints/<number>.json` names it, and a later attempt need not encode its frames again.
 *
 * @throws DatasetError for a recording that does not fit the config, SourceError for one that can't
 *   be read, and the signal's reason once it is aborted
 */
export async function convertEpisode(
  options: EpisodeConversion,
  files: EpisodeFiles,
): Promise<ConvertedEpisode> {
  const { recording, config, signal, logger = silentLogger } = options;
  signal?.throwIfAborted();
  const topics = mappedTopics(recording, config.mappings);
  const timing = await chooseTiming(options, topics);
  const grid = episodeGrid(requiredRanges(config, topics, timing), config.dataset.fps);
  const { tasks, warnings } = resolveTasks({ ...options, grid });

  const framesTotal = grid.frames;
  const plan: SegmentPlan = {
    source: options.source,
    software: options.software,
    length: framesTotal,
    start: String(grid.start),
    checkpointFrames: options.checkpointFrames ?? CHECKPOINT_FRAMES,
  };
  const resumed = await takeOverCheckpoints({
    files,
    from: options.resumeFrom ?? [],
    plan,
    cameras: config.mappings.flatMap(({ mapping_type: type, feature }) =>
      type === "image" ? [feature] : [],
    ),
    signal,
    logger,
  });
  const resumedFrames = framesOf([...resumed.values()][0] ?? []);
  options.onProgress?.({ framesDone: resumedFrames, framesTotal });
  const streamed = await streamFrames({
    recording,
    config,
    topics: [...topics.keys()],
    grid,
    timing,
    files,
    plan,
    resumed,
    signal,
    logger,
    onFrames: (framesDone) => options.onProgress?.({ framesDone, framesTotal }),
  });
  const features = describeFeatures(config, streamed, framesTotal);
  await writeEpisodeTable(await files.make(EPISODE_DATA_FILE), features.columns);

  const reports = streamed.tracks.map((track) =>
    track.report(topics.get(track.mapping.topic)?.messageCount ?? 0),
  );
  const manifest = EpisodeManifest.parse({
    version: 2,
    length: framesTotal,
    fps: config.dataset.fps,
    robotType: config.dataset.robot_type ?? null,
    features: features.specs,
    tasks,
    data: await files.store(EPISODE_DATA_FILE),
    videos: Object.fromEntries(
      [...streamed.cameras].map(([feature, segments]) => [
        feature,
        { parameters: segments[0]?.parameters, segments },
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
  await files.putJson(EPISODE_MANIFEST_FILE, manifest);
  return { manifest, resumedFrames };
}

async function chooseTiming(
  { recording, config, signal }: EpisodeConversion,
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
