import { isDeepStrictEqual } from "node:util";
import { DatasetError } from "../error.js";
import type { CameraWriterOptions } from "../video/camera-options.js";
import { CameraWriter } from "../video/camera-writer.js";
import type { ImageMessage } from "../video/image-message.js";
import type { VideoParameters } from "./manifest.js";
import { segmentFile, type CameraSegment } from "./checkpoint.js";
import type { EpisodeFiles } from "../files/episode-files.js";

export interface SegmentedVideoOptions extends Omit<
  CameraWriterOptions,
  "path" | "firstFrame" | "size"
> {
  readonly files: EpisodeFiles;
  /** Frames of the episode. */
  readonly frames: number;
  /** Frames of each segment but the last. */
  readonly checkpointFrames: number;
  /** Segments that are stored already, from the first on. */
  readonly done: readonly CameraSegment[];
  /** Told of each further segment once it is stored; the video fails if this does. */
  onSegment(number: number, segment: CameraSegment): Promise<void>;
}

/**
 * One camera's video, written in segments: each is stored while the next one is encoded, so that
 * never more than two are on local disk.
 */
export class SegmentedVideo implements AsyncDisposable {
  readonly #options: SegmentedVideoOptions;
  readonly #segments: CameraSegment[];
  #frame: number;
  /** All segments'. */
  #parameters: VideoParameters | undefined;
  #writer: CameraWriter | undefined;
  #storing: Promise<void> = Promise.resolve();

  constructor(options: SegmentedVideoOptions) {
    this.#options = options;
    this.#segments = [...options.done];
    this.#parameters = options.done[0]?.parameters;
    this.#frame = this.#segments.reduce((sum, { frames }) => sum + frames, 0);
  }

  /** Frames that are encoded. */
  get frames(): number {
    return this.#frame;
  }

  /** Appends `repeat` frames that show this image; see {@link CameraWriter.write}. */
  async write(image: ImageMessage, repeat: number): Promise<void> {
    for (let left = repeat; left > 0;) {
      const { checkpointFrames, frames } = this.#options;
      const end = (this.#number + 1) * checkpointFrames;
      const shown = Math.min(left, end - this.#frame);
      this.#writer ??= await this.#open();
      await this.#writer.write(image, shown);
      left -= shown;
      this.#frame += shown;
      if (this.#frame === end && this.#frame < frames) await this.#close(this.#writer);
    }
  }

  /**
   * Completes the last segment.
   * @returns all segments, stored
   * @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO`, also if frames are missing
   */
  async finish(): Promise<readonly CameraSegment[]> {
    const { frames, feature } = this.#options;
    if (this.#frame !== frames) {
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_VIDEO",
        `the video of feature ${feature} has ${this.#frame} frames, the episode ${frames}`,
      );
    }
    if (this.#writer !== undefined) await this.#close(this.#writer);
    await this.#storing;
    return this.#segments;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
    await this.#storing.catch(() => undefined);
  }

  /** The segment that the next frame belongs to. */
  get #number(): number {
    return Math.floor(this.#frame / this.#options.checkpointFrames);
  }

  async #open(): Promise<CameraWriter> {
    const { files, feature } = this.#options;
    const path = await files.make(segmentFile(feature, this.#number));
    const size = this.#parameters;
    return CameraWriter.open({ ...this.#options, path, firstFrame: this.#frame, size });
  }

  async #close(writer: CameraWriter): Promise<void> {
    const { feature } = this.#options;
    const { frames, parameters, stats } = await writer.finish();
    await writer[Symbol.asyncDispose]();
    this.#writer = undefined;
    this.#parameters ??= parameters;
    if (!isDeepStrictEqual(parameters, this.#parameters)) {
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_VIDEO",
        `the encoder changed the parameters of feature ${feature} before frame ${this.#frame}`,
      );
    }
    await this.#storing;
    this.#storing = this.#store({ frames, parameters, stats });
    // Whoever comes next awaits it; until then its failure is nobody's.
    this.#storing.catch(() => undefined);
  }

  async #store(segment: Pick<CameraSegment, "frames" | "parameters" | "stats">): Promise<void> {
    const { files, feature, onSegment } = this.#options;
    const number = this.#segments.length;
    const stored = { ...(await files.store(segmentFile(feature, number))), ...segment };
    this.#segments.push(stored);
    await onSegment(number, stored);
  }
}
