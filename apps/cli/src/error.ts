import { RoboflowError } from "@roboflow/core";

export type CliErrorCode =
  /** Arguments that don't fit together, or a value that can't be read. */
  | "ERR_ROBOFLOW_CLI_USAGE"
  /** A file or pattern that names no recording. */
  | "ERR_ROBOFLOW_CLI_NO_INPUT"
  /** The project file can't be read. */
  | "ERR_ROBOFLOW_CLI_PROJECT_FILE"
  /** The command did its work, but some jobs or checks failed. */
  | "ERR_ROBOFLOW_CLI_PARTIAL";

/** What the command line itself has to say; library errors pass through as they are. */
export class CliError extends RoboflowError {
  declare readonly code: CliErrorCode;
}
