import { RoboflowError } from "@roboflow/core";

export type TestkitErrorCode =
  /** A store, member, region or option that does not exist. */
  | "ERR_ROBOFLOW_TESTKIT_ARGUMENT"
  /** What was asked for does not fit the cluster's state, e.g. to merge the last region. */
  | "ERR_ROBOFLOW_TESTKIT_STATE";

/** The one error class of this package: a mistake in how a test uses the cluster. */
export class TestkitError extends RoboflowError {
  declare readonly code: TestkitErrorCode;
}
