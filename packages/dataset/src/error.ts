import { RoboflowError } from "@roboflow/core";

export type DatasetErrorCode =
  /** The TOML is not valid TOML, breaks the schema or a limit. */
  | "ERR_ROBOFLOW_CONFIG_INVALID"
  | "ERR_ROBOFLOW_CONFIG_NOT_FOUND"
  | "ERR_ROBOFLOW_ANNOTATION_INVALID"
  /** A mapped topic is missing, empty, or of a type that can't give the feature. */
  | "ERR_ROBOFLOW_DATASET_TOPIC"
  | "ERR_ROBOFLOW_DATASET_FIELD"
  | "ERR_ROBOFLOW_DATASET_SHAPE"
  | "ERR_ROBOFLOW_DATASET_GAP"
  | "ERR_ROBOFLOW_DATASET_NO_OVERLAP"
  | "ERR_ROBOFLOW_DATASET_TOO_LONG"
  | "ERR_ROBOFLOW_DATASET_IMAGE"
  | "ERR_ROBOFLOW_DATASET_VIDEO"
  /** Episodes of one dataset differ in features, shapes, fps or codec. */
  | "ERR_ROBOFLOW_DATASET_MISMATCH"
  /** The output holds another dataset, or is no directory. */
  | "ERR_ROBOFLOW_DATASET_OUTPUT"
  /** Another process publishes in this one's place. */
  | "ERR_ROBOFLOW_DATASET_PUBLISH_LOST"
  | "ERR_ROBOFLOW_DATASET_INVALID";

/** A config, conversion or dataset that is wrong; the message names the key, topic, frame or file. */
export class DatasetError extends RoboflowError {
  declare readonly code: DatasetErrorCode;
}
