import type { EpisodeEntry } from "./episode-entries.js";

/** A video file of one camera, and the episodes in it. */
export interface CameraFile {
  readonly camera: string;
  readonly file: string;
  readonly episodes: readonly EpisodeEntry[];
}
