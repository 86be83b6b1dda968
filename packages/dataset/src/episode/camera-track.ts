import type { FrameSink } from "../align/aligner.js";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { DatasetError } from "../error.js";
import { readImageHeader } from "../video/image-header.js";
import type { ImageMessage } from "../video/image-message.js";
import { readImage } from "./fields/image-reader.js";
import type { PictureQueue } from "./picture-flow.js";
import type { Sample } from "./sample.js";

/** A mapping onto a camera. */
export type ImageMapping = Extract<
  LerobotConfig["mappings"][number],
  { readonly mapping_type: "image" }
>;

/** Passes the images that frames take to the camera's encoder, as recorded. */
export class CameraTrack implements FrameSink<Sample> {
  readonly mapping: ImageMapping;
  readonly #queue: PictureQueue;
  readonly #firstFrame: number;
  #fill: ImageMessage | undefined;

  /** Frames before `firstFrame` are encoded already: their pictures are neither read nor passed on. */
  constructor(mapping: ImageMapping, queue: PictureQueue, firstFrame = 0) {
    this.mapping = mapping;
    this.#queue = queue;
    this.#firstFrame = firstFrame;
  }

  prepare(first: Sample): void {
    if (this.mapping.optional) this.#fill = this.#solid(readImage(first, this.mapping));
  }

  take(sample: Sample, from: number, to: number): void {
    const repeat = to - Math.max(from, this.#firstFrame);
    if (repeat > 0) this.#queue.push({ image: detached(readImage(sample, this.mapping)), repeat });
  }

  blend(): void {
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_IMAGE",
      `feature ${this.mapping.feature}: pictures can't be interpolated`,
      { hint: 'Use sync = "hold" or "nearest".' },
    );
  }

  /** Frames without a message show the mapping's colour in the size of the first image. */
  none(from: number, to: number): void {
    const { topic, feature } = this.mapping;
    if (this.#fill === undefined)
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_TOPIC",
        `topic ${topic}: it has no messages, so the size of camera ${feature} is unknown`,
        { hint: "Leave the mapping out, or convert recordings without this camera apart." },
      );
    const repeat = to - Math.max(from, this.#firstFrame);
    if (repeat > 0) this.#queue.push({ image: this.#fill, repeat });
  }

  finish(): void {
    this.#queue.close();
  }

  #solid(like: ImageMessage): ImageMessage {
    const { topic, feature, fill } = this.mapping;
    const size = like.kind === "raw" ? like : readImageHeader(like.format, like.data);
    if (size.kind === "broken")
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_IMAGE",
        `topic ${topic} (feature ${feature}): its first image ${size.problem}`,
      );
    const { width, height } = size;
    const data = new Uint8Array(width * height * 3);
    if (Array.isArray(fill)) data.forEach((_, at) => (data[at] = fill[at % 3] ?? 0));
    return { kind: "raw", encoding: "rgb8", width, height, step: width * 3, data };
  }
}

/** A waiting view would keep its whole chunk, with the messages of all topics, in memory. */
function detached(image: ImageMessage): ImageMessage {
  const isMostOfIt = image.data.buffer.byteLength <= 2 * image.data.byteLength;
  return isMostOfIt ? image : { ...image, data: image.data.slice() };
}
