import type { VideoSettings } from "../config/video-settings.js";
import { DatasetError } from "../error.js";
import { readImageHeader } from "./image-header.js";
import {
  RAW_CHANNELS,
  describeOrigin,
  type ImageMessage,
  type ImageOrigin,
} from "./image-message.js";

/** The longest side H.264 encoders take; more is a damaged header, not a camera. */
const MAX_SIDE = 16_384;

export interface ImageSize {
  width: number;
  height: number;
}

/** Names an image in errors: its origin and the first frame that shows it. */
export interface ImagePlace extends ImageOrigin {
  frame: number;
}

export function imageError(
  place: ImagePlace,
  problem: string,
  options: { hint?: string; cause?: unknown } = {},
): DatasetError {
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_IMAGE",
    `${describeOrigin(place)}: the image of frame ${place.frame} ${problem}`,
    options,
  );
}

/**
 * Checks an image before any native code sees it, and gives its size in pixels.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_IMAGE`
 */
export function checkImage(
  image: ImageMessage,
  place: ImagePlace,
  pixelFormat: VideoSettings["pixel_format"],
): ImageSize {
  const { width, height } =
    image.kind === "raw" ? checkRaw(image, place) : checkCompressed(image, place);
  if (width === 0 || height === 0 || width > MAX_SIDE || height > MAX_SIDE) {
    throw imageError(place, `has an impossible size of ${width}x${height}`, {
      hint: `Sides from 1 to ${MAX_SIDE} pixels can be encoded.`,
    });
  }
  // Four pixels of yuv420p share one colour sample.
  if (pixelFormat === "yuv420p" && (width % 2 !== 0 || height % 2 !== 0)) {
    throw imageError(place, `is ${width}x${height}, but ${pixelFormat} video needs even sides`, {
      hint: 'Set [video] pixel_format = "yuv444p", or record the camera with an even size.',
    });
  }
  return { width, height };
}

function checkCompressed(
  image: Extract<ImageMessage, { kind: "compressed" }>,
  place: ImagePlace,
): ImageSize {
  const header = readImageHeader(image.format, image.data);
  if (header.kind === "broken") throw imageError(place, header.problem);
  if (header.bitDepth > 8) {
    throw imageError(place, `has ${header.bitDepth} bits a channel; only 8 are supported`, {
      hint: "Depth images can't become a video; map a colour topic.",
    });
  }
  return header;
}

function checkRaw(image: Extract<ImageMessage, { kind: "raw" }>, place: ImagePlace): ImageSize {
  const { width, height, step, encoding, data } = image;
  const rowBytes = width * RAW_CHANNELS[encoding];
  if (step < rowBytes) {
    throw imageError(
      place,
      `has a step of ${step} bytes, but a row of ${width} ${encoding} pixels takes ${rowBytes}`,
    );
  }
  // The last row may come without its padding.
  const needed = height === 0 ? 0 : step * (height - 1) + rowBytes;
  if (data.length < needed) {
    throw imageError(
      place,
      `has ${data.length} bytes, but ${height} rows of ${step} bytes take ${step * height}`,
    );
  }
  return { width, height };
}
