import { DatasetError } from "../error.js";
import type { VideoParameters } from "../episode/manifest.js";
import { FIRST_SLOT, nextSlot, type FileSlot } from "./file-slot.js";

/**
 * Seconds that no episode and no video file reaches: lerobot compares float32 times with a tolerance
 * of 0.1 ms, and from here on one step of float32 is 0.24 ms.
 */
export const MAX_SECONDS = 2048;

/** One episode's video of one camera. */
export interface EpisodeVideo {
  /** The recording, for errors. */
  readonly label: string;
  /** In order; each a file of its own. */
  readonly segments: readonly VideoSegment[];
  /** Of all segments. */
  readonly frames: number;
  readonly parameters: VideoParameters;
}

/** A part of an episode's video, in a file of its own. */
export interface VideoSegment {
  readonly url: string;
  readonly frames: number;
  readonly bytes: number;
}

/** Where an episode's video begins in the dataset. */
export interface VideoPlacement {
  readonly slot: FileSlot;
  /** Frames of earlier episodes in the file. */
  readonly firstFrame: number;
}

/** A video file of the dataset: these episodes' videos, in order. */
export interface VideoFile {
  readonly slot: FileSlot;
  readonly inputs: readonly EpisodeVideo[];
  readonly frames: number;
}

/**
 * Distributes one camera's videos over files: a file is continued until the limit would be passed,
 * it would be too long for the reader, or the encoder's parameters differ.
 */
export class VideoPlan {
  readonly #fps: number;
  readonly #maxBytes: number;
  readonly files: { slot: FileSlot; inputs: EpisodeVideo[]; frames: number }[] = [];
  readonly placements: VideoPlacement[] = [];
  #bytes = 0;

  constructor(options: { readonly fps: number; readonly maxBytes: number }) {
    this.#fps = options.fps;
    this.#maxBytes = options.maxBytes;
  }

  add(video: EpisodeVideo): void {
    let file = this.files.at(-1);
    if (file === undefined || !this.#fits(file, video)) {
      const slot = file === undefined ? FIRST_SLOT : nextSlot(file.slot);
      file = { slot, inputs: [], frames: 0 };
      this.files.push(file);
      this.#bytes = 0;
    }
    this.placements.push({ slot: file.slot, firstFrame: file.frames });
    file.inputs.push(video);
    file.frames += video.frames;
    this.#bytes += bytesOf(video);
  }

  #fits(file: VideoFile, video: EpisodeVideo): boolean {
    return (
      this.#bytes + bytesOf(video) <= this.#maxBytes &&
      isShort(file.frames + video.frames, this.#fps) &&
      sameParameters(file.inputs[0]?.parameters, video.parameters)
    );
  }
}

function bytesOf({ segments }: EpisodeVideo): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

function isShort(frames: number, fps: number): boolean {
  return frames < MAX_SECONDS * fps;
}

/** @throws DatasetError `ERR_ROBOFLOW_DATASET_TOO_LONG` if LeRobot's reader could miss frames */
export function checkLength(label: string, frames: number, fps: number): void {
  if (isShort(frames, fps)) return;
  const seconds = (frames / fps).toFixed(0);
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_TOO_LONG",
    `${label}: the episode lasts ${seconds} s; LeRobot's time stamps are exact below ${MAX_SECONDS} s`,
    { hint: "Split the recording." },
  );
}

function sameParameters(a: VideoParameters | undefined, b: VideoParameters): boolean {
  return (
    a !== undefined &&
    a.codec === b.codec &&
    a.width === b.width &&
    a.height === b.height &&
    a.pixFmt === b.pixFmt &&
    a.timeScale === b.timeScale &&
    a.extradata === b.extradata
  );
}
