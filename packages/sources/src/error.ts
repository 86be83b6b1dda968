import { RoboflowError } from "@roboflow/core";

export type SourceErrorCode =
  | "ERR_ROBOFLOW_SOURCE_EMPTY"
  | "ERR_ROBOFLOW_SOURCE_UNKNOWN_FORMAT"
  | "ERR_ROBOFLOW_SOURCE_UNSUPPORTED"
  | "ERR_ROBOFLOW_SOURCE_TRUNCATED"
  | "ERR_ROBOFLOW_SOURCE_CORRUPT"
  | "ERR_ROBOFLOW_SOURCE_DECODE"
  | "ERR_ROBOFLOW_SOURCE_TOPIC";

/** A recording that can't be read; the message names the file and, where known, topic and offset. */
export class SourceError extends RoboflowError {
  declare readonly code: SourceErrorCode;
}
