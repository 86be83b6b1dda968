import { RoboflowError, type ErrorCode } from "@roboflow/core";
import { z } from "zod";

const isCode = (text: string): text is ErrorCode => text.startsWith("ERR_ROBOFLOW_");

/** An error as records keep it: no stack, no cause, no file contents. */
export const ErrorRecord = z.object({
  /** `ERR_ROBOFLOW_…`, or `ERR_UNEXPECTED` for what no package of ours threw. */
  code: z.string(),
  message: z.string(),
  permanence: z.enum(["permanent", "transient"]),
  /** What the user can do next. */
  hint: z.string().optional(),
});
export type ErrorRecord = z.infer<typeof ErrorRecord>;

const MAX_MESSAGE = 4_000;

/**
 * What to keep of `error`. An unexpected one counts as transient: it may be a bug, but trying again
 * costs little and giving up costs the job.
 */
export function errorRecord(error: unknown): ErrorRecord {
  if (error instanceof RoboflowError) {
    return {
      code: error.code,
      message: clip(error.message),
      permanence: error.permanence,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
  return { code: "ERR_UNEXPECTED", message: clip(message), permanence: "transient" };
}

/** An error that came from a record or another process. */
export class RemoteError extends RoboflowError {
  constructor(record: ErrorRecord) {
    const code = isCode(record.code) ? record.code : "ERR_ROBOFLOW_UNEXPECTED";
    super(code, record.message, {
      permanence: record.permanence,
      ...(record.hint === undefined ? {} : { hint: record.hint }),
    });
  }
}

function clip(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE)}…`;
}
