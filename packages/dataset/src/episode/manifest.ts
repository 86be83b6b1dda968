import { z } from "zod";
import { FeatureStats } from "../stats/feature-stats.js";
import { TopicReport } from "./topic-report.js";

/** A feature as `meta/info.json` declares it: `shape` excludes time; cameras are `[height, width, 3]`. */
export const FeatureSpec = z.object({
  dtype: z.enum(["video", "float32", "float64", "int64", "bool"]),
  shape: z.array(z.int().positive()).min(1),
  names: z.array(z.string()).nullable(),
});
export type FeatureSpec = z.infer<typeof FeatureSpec>;

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

/**
 * What a conversion leaves behind for one episode, beside its files: all that the finalizer needs,
 * and nothing that depends on clocks, workers or retries.
 */
export const EpisodeManifest = z.object({
  version: z.literal(1),
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
  /** `data.parquet`: one column for each numeric feature, in order, episode-local. Relative paths. */
  dataFile: z.string(),
  videos: z.record(
    z.string(),
    z.object({ file: z.string(), bytes: z.int().positive(), parameters: VideoParameters }),
  ),
  stats: z.record(z.string(), FeatureStats),
  source: z.object({
    url: z.string(),
    size: z.int().nonnegative(),
    identity: z.string(),
    configHash: z.string(),
    annotationHash: z.string().nullable(),
  }),
  /** Version of this software that converted the episode. */
  software: z.string(),
  topics: z.array(TopicReport),
  warnings: z.array(z.string()),
});
export type EpisodeManifest = z.infer<typeof EpisodeManifest>;
