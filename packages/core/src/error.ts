/**
 * Whether trying again can help: `permanent` means the same input fails the same way everywhere
 * (bad config, corrupt file), `transient` that it may pass later or elsewhere (store unreachable).
 */
export type Permanence = "permanent" | "transient";

/** A stable, documented error code. Match on this, never on the message. */
export type ErrorCode = `ERR_ROBOFLOW_${string}`;

export interface RoboflowErrorOptions {
  /** The error underneath, kept for `--debug` and logs. */
  cause?: unknown;
  /** Defaults to `permanent`. */
  permanence?: Permanence;
  /** What the user can do next, one sentence; printed after the message. */
  hint?: string;
}

/**
 * Base of each package's one error class. The message is for the user: it names the file, key,
 * line or topic. File contents and secrets never go in.
 */
export abstract class RoboflowError extends Error {
  readonly code: ErrorCode;
  readonly permanence: Permanence;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: RoboflowErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.permanence = options.permanence ?? "permanent";
    this.hint = options.hint;
  }
}
