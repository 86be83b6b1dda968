import { RoboflowError } from "@roboflow/core";

export type StorageErrorCode =
  | "ERR_ROBOFLOW_STORAGE_NOT_FOUND"
  | "ERR_ROBOFLOW_STORAGE_DENIED"
  | "ERR_ROBOFLOW_STORAGE_BUCKET"
  | "ERR_ROBOFLOW_STORAGE_CREDENTIALS"
  | "ERR_ROBOFLOW_STORAGE_CHANGED"
  | "ERR_ROBOFLOW_STORAGE_UNAVAILABLE"
  | "ERR_ROBOFLOW_STORAGE_FULL"
  | "ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL"
  | "ERR_ROBOFLOW_STORAGE_TOO_LARGE"
  | "ERR_ROBOFLOW_STORAGE_IO";

/** Anything that goes wrong with a file or object; the message names its URL or path. */
export class StorageError extends RoboflowError {
  declare readonly code: StorageErrorCode;
}
