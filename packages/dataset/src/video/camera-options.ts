import type { Logger } from "@roboflow/core";
import type { VideoSettings } from "../config/video-settings.js";
import type { VideoParameters } from "../episode/manifest.js";
import type { FeatureStats } from "../stats/feature-stats.js";
import type { ImageSize } from "./image-check.js";

export interface CameraWriterOptions {
  /** The mp4 to create, a local path; its directory must exist. */
  path: string;
  /** Frames a second, an integer above 0. */
  fps: number;
  /** The config's `[video]` table. */
  video: VideoSettings;
  /** The episode's frame that the video begins with; 0 if left out. */
  firstFrame?: number;
  /** What the pictures before had; the first picture's if left out. */
  size?: ImageSize | undefined;
  /** Whether the pixels of this frame of the episode go into the statistics. */
  sampled(frame: number): boolean;
  /** Named in errors. */
  feature: string;
  /** Named in errors. */
  topic: string;
  signal?: AbortSignal;
  logger?: Logger;
}

export type ImageStats = Extract<FeatureStats, { kind: "image" }>;

/** What a finished video holds. */
export interface CameraVideo {
  frames: number;
  bytes: number;
  parameters: VideoParameters;
  /** `[height, width, 3]`, pixels. */
  shape: [number, number, 3];
  stats: ImageStats;
}
