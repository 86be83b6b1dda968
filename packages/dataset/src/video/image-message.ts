import { DatasetError } from "../error.js";
import { sniffImageFormat } from "./image-header.js";

/** Pixel layouts of raw images, as `sensor_msgs/Image` names them: 8 bits a channel, interleaved. */
export type RawEncoding = "rgb8" | "bgr8" | "mono8";

/** One image message: a compressed file in memory, or raw rows of `step` bytes. */
export type ImageMessage =
  | { kind: "compressed"; format: "jpeg" | "png"; data: Uint8Array }
  | {
      kind: "raw";
      encoding: RawEncoding;
      /** Pixels. */
      width: number;
      /** Pixels. */
      height: number;
      /** Bytes from one row to the next; at least width × channels. */
      step: number;
      data: Uint8Array;
    };

/** Bytes a pixel. */
export const RAW_CHANNELS: Readonly<Record<RawEncoding, number>> = { rgb8: 3, bgr8: 3, mono8: 1 };

/** Where an image came from, for errors. */
export interface ImageOrigin {
  topic: string;
  feature: string;
}

export function describeOrigin({ topic, feature }: ImageOrigin): string {
  return `topic "${topic}" (feature "${feature}")`;
}

/**
 * The format of a `sensor_msgs/CompressedImage`. The data's first bytes decide, as writers put
 * anything from `jpg` to `rgb8; jpeg compressed bgr8` into the message's `format`; that one only
 * tells depth images apart, which are PNG too.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_IMAGE` for depth and unknown formats.
 */
export function detectImageFormat(
  format: string,
  data: Uint8Array,
  origin: ImageOrigin,
): "jpeg" | "png" {
  if (/compressedDepth|16UC1|32FC1/.test(format)) throw unsupported("depth images", format, origin);
  const found = sniffImageFormat(data);
  if (found !== undefined) return found;
  if (data.length === 0) {
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_IMAGE",
      `${describeOrigin(origin)}: an image message is empty`,
    );
  }
  throw unsupported("images that are neither JPEG nor PNG", format, origin);
}

/**
 * The encoding of a `sensor_msgs/Image`, if a video can hold it.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_IMAGE` for every other one, naming it.
 */
export function parseRawEncoding(encoding: string, origin: ImageOrigin): RawEncoding {
  if (Object.hasOwn(RAW_CHANNELS, encoding)) return encoding as RawEncoding;
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_IMAGE",
    `${describeOrigin(origin)}: raw images with encoding "${encoding}" are not supported`,
    {
      hint: `Map a topic with ${Object.keys(RAW_CHANNELS).join(", ")} or compressed JPEG or PNG images.`,
    },
  );
}

function unsupported(what: string, format: string, origin: ImageOrigin): DatasetError {
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_IMAGE",
    `${describeOrigin(origin)}: ${what} are not supported (the message says "${format.slice(0, 80)}")`,
    { hint: "Map a colour topic with JPEG or PNG images, or raw rgb8, bgr8 or mono8." },
  );
}
