import { RoboflowError } from "@roboflow/core";

/** Exit codes by class of outcome; documented in `roboflow --help` and the README. */
export const ExitCode = {
  ok: 0,
  /** A bug in roboflow. */
  internal: 1,
  usage: 2,
  /** A recording, dataset or output that can't be used. */
  badInput: 3,
  /** A config (or annotation or project file) that is missing or wrong. */
  config: 4,
  notFound: 5,
  storeUnavailable: 6,
  /** Some jobs or checks failed. */
  partial: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const CLASSES: readonly (readonly [RegExp, ExitCode])[] = [
  [/_(CLI_USAGE|STORE_URL)$/, ExitCode.usage],
  [/_CLI_PARTIAL$/, ExitCode.partial],
  [/_CLI_PROJECT_FILE$/, ExitCode.config],
  [/_CONFIG_(INVALID|NOT_FOUND|CORRUPT)$|_ANNOTATION_INVALID$/, ExitCode.config],
  [/_(NOT_FOUND|CONFIG_MISSING|NO_INPUT)$/, ExitCode.notFound],
  [/_STORE_/, ExitCode.storeUnavailable],
  [/_ABORTED$/, ExitCode.interrupted],
];

/** The exit code that an error ends the process with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof RoboflowError) {
    return CLASSES.find(([pattern]) => pattern.test(error.code))?.[1] ?? ExitCode.badInput;
  }
  return error instanceof Error && error.name === "AbortError"
    ? ExitCode.interrupted
    : ExitCode.internal;
}
