import { RoboflowError } from "@roboflow/core";

export type DistributedErrorCode =
  | "ERR_ROBOFLOW_STORE_UNAVAILABLE"
  | "ERR_ROBOFLOW_STORE_URL"
  | "ERR_ROBOFLOW_STORE_CONFLICT"
  /** A key that is empty or too long. */
  | "ERR_ROBOFLOW_STORE_KEY"
  | "ERR_ROBOFLOW_STORE_VALUE"
  | "ERR_ROBOFLOW_STORE_CLOSED"
  | "ERR_ROBOFLOW_RECORD_INVALID"
  /** Written by a newer version: hand it back, do not fail it. */
  | "ERR_ROBOFLOW_RECORD_NEWER"
  | "ERR_ROBOFLOW_CONFIG_MISSING"
  | "ERR_ROBOFLOW_CONFIG_CORRUPT"
  /** A stored config does not parse. */
  | "ERR_ROBOFLOW_CONFIG_INVALID"
  | "ERR_ROBOFLOW_JOB_NOT_FOUND"
  | "ERR_ROBOFLOW_JOB_STATE"
  | "ERR_ROBOFLOW_BATCH_NOT_FOUND"
  | "ERR_ROBOFLOW_BATCH_STATE"
  /** Another's work, and the actor is no admin. */
  | "ERR_ROBOFLOW_NOT_ALLOWED"
  /** This attempt no longer owns the job, or this leader the lock. */
  | "ERR_ROBOFLOW_LEASE_LOST"
  | "ERR_ROBOFLOW_SOURCE_CHANGED"
  | "ERR_ROBOFLOW_NO_FRAMES"
  | "ERR_ROBOFLOW_ATTEMPT_TIMEOUT"
  | "ERR_ROBOFLOW_CHILD_CRASHED"
  /** The address for health and metrics can't be had. */
  | "ERR_ROBOFLOW_HEALTH_LISTEN"
  | "ERR_ROBOFLOW_ABORTED";

/** Store, queue and worker failures; the message names the key, job, batch or config hash. */
export class DistributedError extends RoboflowError {
  declare readonly code: DistributedErrorCode;
}
