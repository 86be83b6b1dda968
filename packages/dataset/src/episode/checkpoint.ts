import { z } from "zod";
import type { ImageStats } from "../video/camera-options.js";
import { EpisodeOrigin, VideoParameters } from "./manifest.js";

/**
 * Frames of a segment, a minute of most cameras. A property of the conversion and not of an attempt:
 * the encoder begins anew at each boundary, so that a conversion that was interrupted there and one
 * that was not give the same bytes. Even, so that a segment of whole groups of 2 ends with one.
 */
export const CHECKPOINT_FRAMES = 1800;

const Channel = z.array(z.int().nonnegative()).length(256);

/** A finished segment of one camera's video. */
export const CameraSegment = z.object({
  /** Path of the mp4 in the episode's directory. */
  file: z.string(),
  frames: z.int().positive(),
  bytes: z.int().positive(),
  sha256: z.string().length(64),
  parameters: VideoParameters,
  /** Of its sampled frames, which may be none. */
  stats: z.object({
    kind: z.literal("image"),
    count: z.int().nonnegative(),
    histograms: z.array(Channel).length(3),
  }),
});
export type CameraSegment = z.infer<typeof CameraSegment> & { readonly stats: ImageStats };

/** Where and of what segments are cut; all that their bytes depend on. */
export const SegmentPlan = z.object({
  source: EpisodeOrigin,
  software: z.string(),
  /** Frames of the episode. */
  length: z.int().positive(),
  /** Time of the first frame, nanoseconds since the epoch. */
  start: z.string(),
  /** Frames of each segment but the last. */
  checkpointFrames: z.int().positive(),
});
export type SegmentPlan = z.infer<typeof SegmentPlan>;

/** `checkpoints/<number>.json`: that segment of all cameras, complete. Written after the files it names. */
export const Checkpoint = z.object({
  version: z.literal(1),
  /** From 0. */
  number: z.int().nonnegative(),
  plan: SegmentPlan,
  /** By feature. */
  cameras: z.record(z.string(), CameraSegment),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** Path of a checkpoint in the episode's directory. */
export function checkpointFile(number: number): string {
  return `checkpoints/${String(number).padStart(6, "0")}.json`;
}

/** Path of a segment of a camera's video in the episode's directory. */
export function segmentFile(feature: string, number: number): string {
  return `videos/${feature}/${String(number).padStart(6, "0")}.mp4`;
}
