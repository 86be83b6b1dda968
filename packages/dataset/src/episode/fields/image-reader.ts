import { describeTime } from "../../align/describe-time.js";
import { DatasetError } from "../../error.js";
import {
  detectImageFormat,
  parseRawEncoding,
  type ImageMessage,
  type ImageOrigin,
} from "../../video/image-message.js";
import type { Sample } from "../sample.js";
import { asNumber, isFields, type Fields } from "./access.js";

/** Message types that hold a picture, by the part after the package's name. */
const COMPRESSED = /\/CompressedImage$/;
const RAW = /\/(Raw)?Image$/;

/** Whether messages of this type hold a picture. */
export function isImageType(schemaName: string): boolean {
  return COMPRESSED.test(schemaName) || RAW.test(schemaName);
}

/**
 * The picture of a message. Its pixels stay where they are: `data` is a view into the message.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_IMAGE` if it is of a kind that no video can hold
 */
export function readImage(sample: Sample, origin: ImageOrigin): ImageMessage {
  const message = sample.value;
  if (!isFields(message)) throw malformed(sample, origin);
  const { data } = message;
  if (!(data instanceof Uint8Array)) throw malformed(sample, origin);
  if (typeof message["format"] === "string")
    return { kind: "compressed", format: detectImageFormat(message["format"], data, origin), data };
  if (typeof message["encoding"] !== "string") throw malformed(sample, origin);
  return {
    kind: "raw",
    encoding: parseRawEncoding(message["encoding"], origin),
    width: pixels(message, "width", sample, origin),
    height: pixels(message, "height", sample, origin),
    step: pixels(message, "step", sample, origin),
    data,
  };
}

function pixels(message: Fields, key: string, sample: Sample, origin: ImageOrigin): number {
  const value = asNumber(message[key]);
  if (value === undefined) throw malformed(sample, origin);
  return value;
}

const malformed = (sample: Sample, origin: ImageOrigin): DatasetError =>
  new DatasetError(
    "ERR_ROBOFLOW_DATASET_IMAGE",
    `topic ${origin.topic} (feature ${origin.feature}) at ${describeTime(sample.logTime)}: the message holds no picture`,
  );
