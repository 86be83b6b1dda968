import { RoboflowError } from "@roboflow/core";

/** Exit codes by class of outcome; documented in `roboflow --help` and the README. */
export const ExitCode = {
  ok: 0,
  /** A bug in roboflow. */
  internal: 1,
  /** Arguments or settings that can't be used, such as a store that is another one's cluster. */
  usage: 2,
  /** A recording, dataset or output that can't be used, or an action that is refused. */
  badInput: 3,
  /** A config (or annotation or project file) that is missing or wrong. */
  config: 4,
  notFound: 5,
  /** The store or the object storage is away: the same command may work later. */
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
  [/_ABORTED$/, ExitCode.interrupted],
];

/** The exit code that an error ends the process with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof RoboflowError) return classOf(error);
  return error instanceof Error && error.name === "AbortError"
    ? ExitCode.interrupted
    : ExitCode.internal;
}

function classOf({ code, permanence }: RoboflowError): ExitCode {
  const found = CLASSES.find(([pattern]) => pattern.test(code))?.[1];
  if (found !== undefined) return found;
  // Only what may be there later is unavailable; scripts wait and repeat on this code.
  if (/_STOR(E|AGE)_/.test(code) && permanence === "transient") return ExitCode.storeUnavailable;
  return code.endsWith("_STORE_UNAVAILABLE") ? ExitCode.usage : ExitCode.badInput;
}
