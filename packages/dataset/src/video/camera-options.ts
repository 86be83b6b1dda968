import type { Logger } from "@roboflow/core";
import type { VideoParameters } from "../episode/manifest.js";
import type { FeatureStats } from "../stats/feature-stats.js";

/** How to encode: the config's parsed `[video]` table. */
export interface EncoderSettings {
  readonly codec: "libx264" | "libx265" | "libsvtav1";
  /** Constant rate factor: 0..51 (x264, x265) or 0..63 (SVT-AV1). */
  readonly crf: number;
  /** `fast` and the like, or a number as text or number for SVT-AV1. */
  readonly preset: string | number;
  readonly profile?: string | undefined;
  readonly pixel_format: string;
  /** Frames from one key frame to the next. */
  readonly gop: number;
  /** Encoder threads; fixed, so that the output does not depend on the machine's core count. */
  readonly threads?: number | undefined;
}

export interface CameraWriterOptions {
  /** The mp4 to create, a local path; its directory must exist. */
  path: string;
  /** Frames a second, an integer above 0. */
  fps: number;
  video: EncoderSettings;
  /** Whether the pixels of this frame (from 0) go into the statistics. */
  sampled(frame: number): boolean;
  /** Named in errors. */
  feature: string;
  /** Named in errors. */
  topic: string;
  signal?: AbortSignal;
  logger?: Logger;
}

/** What {@link CameraWriter.finish} returns of the video it wrote. */
export interface CameraVideo {
  frames: number;
  bytes: number;
  parameters: VideoParameters;
  /** `[height, width, 3]`. */
  shape: [number, number, 3];
  stats: Extract<FeatureStats, { kind: "image" }>;
}
