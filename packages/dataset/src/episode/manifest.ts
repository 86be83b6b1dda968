import { z } from "zod";
import { FeatureStats } from "../stats/feature-stats.js";
import { TopicReport } from "./topic-report.js";

/** Where a conversion leaves its manifest. */
export const EPISODE_MANIFEST_FILE = "episode.json";

/** A feature as `meta/info.json` declares it: `shape` excludes time; cameras are `[height, width, 3]`. */
export const FeatureSpec = z.object({
  dtype: z.enum(["video", "float32", "float64", "int64", "bool"]),
  shape: z.array(z.int().positive()).min(1),
  names: z.array(z.string()).nullable(),
});
export type FeatureSpec = z.infer<typeof FeatureSpec>;

/** Which content an episode was converted from. */
export const EpisodeOrigin = z.object({
  url: z.string(),
  size: z.int().nonnegative(),
  identity: z.string(),
  configHash: z.string(),
  annotationHash: z.string().nullable(),
});
export type EpisodeOrigin = z.infer<typeof EpisodeOrigin>;

/** What must be equal for two videos to be joined without re-encoding. */
export const VideoParameters = z.object({
  /** FFmpeg's canonical codec name as info.json has it: `h264`, `hevc`, `av1`. */
  codec: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  pixFmt: z.string(),
  /** Ticks a second of the stream's time base; a multiple of fps. */
  timeScale: z.int().positive(),
  /** SHA-256 of the codec's extradata (parameter sets). */
  extradata: z.string().length(64),
});
export type VideoParameters = z.infer<typeof VideoParameters>;

/** A file beside the manifest; size and sum are unknown of what older versions wrote. */
const ArtifactFile = z.object({
  /** Path relative to the manifest. */
  file: z.string(),
  bytes: z.int().positive().nullable(),
  sha256: z.string().length(64).nullable(),
});

/** One camera's video: segments of equal parameters, in order, each an mp4 of its own. */
const SegmentedVideo = z.object({
  parameters: VideoParameters,
  segments: z
    .array(ArtifactFile.extend({ frames: z.int().positive(), bytes: z.int().positive() }))
    .min(1),
});

const common = {
  /** Frames, at least one. */
  length: z.int().positive(),
  fps: z.int().positive(),
  robotType: z.string().nullable(),
  /** The user's features in the config's order; LeRobot's five default ones are not listed. */
  features: z.record(z.string(), FeatureSpec),
  /** Task texts by frame range; ranges are half open, contiguous and cover the episode. */
  tasks: z
    .array(z.object({ task: z.string(), from: z.int().nonnegative(), to: z.int().positive() }))
    .min(1),
  stats: z.record(z.string(), FeatureStats),
  source: EpisodeOrigin,
  /** Version of this software that converted the episode. */
  software: z.string(),
  topics: z.array(TopicReport),
  warnings: z.array(z.string()),
};

const Version2 = z.object({
  version: z.literal(2),
  ...common,
  /** `data.parquet`: one column for each numeric feature, in order, episode-local. */
  data: ArtifactFile,
  videos: z.record(z.string(), SegmentedVideo),
});

/** One file for each camera. */
const Version1 = z
  .object({
    version: z.literal(1),
    ...common,
    dataFile: z.string(),
    videos: z.record(
      z.string(),
      z.object({ file: z.string(), bytes: z.int().positive(), parameters: VideoParameters }),
    ),
  })
  .transform(({ dataFile, ...old }): z.output<typeof Version2> => ({
    ...old,
    version: 2,
    data: { file: dataFile, bytes: null, sha256: null },
    videos: Object.fromEntries(
      Object.entries(old.videos).map(([feature, { file, bytes, parameters }]) => [
        feature,
        { parameters, segments: [{ file, bytes, frames: old.length, sha256: null }] },
      ]),
    ),
  }));

/**
 * What a conversion leaves behind for one episode, beside its files: all that the finalizer needs,
 * and nothing that depends on clocks, workers or retries. Manifests of version 1 are read as 2.
 */
export const EpisodeManifest = z.discriminatedUnion("version", [Version2, Version1]);
export type EpisodeManifest = z.output<typeof EpisodeManifest>;
