import type { LogFields, Logger } from "@roboflow/core";
import { DistributedError } from "../error.js";
import { errorRecord } from "../records/error-record.js";
import { ChildRequest, type ChildMessage } from "./child-messages.js";
import type { Assemble, ConversionContext, Convert, Progress } from "./conversion.js";

export interface ChildHandlers {
  readonly convert: Convert;
  readonly assemble: Assemble;
}

const PROGRESS_INTERVAL_MS = 200;

/**
 * Makes this process the child of a `ChildRunner`: it does the one thing it is asked, then exits.
 * Call it once, at the top of the entry module.
 * @throws DistributedError `ERR_ROBOFLOW_CHILD_CRASHED` if no parent started this process
 */
export function serveChild(handlers: ChildHandlers): void {
  if (process.send === undefined) {
    throw new DistributedError(
      "ERR_ROBOFLOW_CHILD_CRASHED",
      "This module only runs as the child process of a worker",
    );
  }
  const abort = new AbortController();
  // The channel closes with the parent, also when that was killed: nobody waits for the result.
  process.on("disconnect", () => process.exit(1));
  // Ctrl-C reaches the whole process group; the parent decides what becomes of the job.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => abort.abort());
  process.once("message", (message) => void serve(handlers, message, abort.signal));
}

async function serve(
  handlers: ChildHandlers,
  message: unknown,
  signal: AbortSignal,
): Promise<void> {
  const last = await answer(handlers, message, signal);
  process.send?.(last, () => process.exit(0));
}

async function answer(
  handlers: ChildHandlers,
  message: unknown,
  signal: AbortSignal,
): Promise<ChildMessage> {
  try {
    const { type, request } = ChildRequest.parse(message);
    const context: ConversionContext = {
      signal,
      logger: sendingLogger(),
      onProgress: throttledProgress(),
      onRetry: ({ reason }) => send({ type: "retry", reason }),
    };
    return type === "convert"
      ? { type: "converted", result: await handlers.convert(request, context) }
      : { type: "assembled", result: await handlers.assemble(request, context) };
  } catch (error) {
    return { type: "failed", error: errorRecord(error) };
  }
}

function send(message: ChildMessage): void {
  // A closed channel ends this process through `disconnect`.
  if (process.connected) process.send?.(message, () => {});
}

function throttledProgress(): (progress: Progress) => void {
  let last = -Infinity;
  return ({ framesDone, framesTotal }) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL_MS && framesDone !== framesTotal) return;
    last = now;
    send({ type: "progress", framesDone, framesTotal });
  };
}

function sendingLogger(): Logger {
  const at = (level: keyof Logger) => (message: string, fields?: LogFields) =>
    send({
      type: "log",
      level,
      message,
      ...(fields === undefined ? {} : { fields: plain(fields) }),
    });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Only what JSON can carry. */
function plain(fields: LogFields): Record<string, unknown> {
  const carried = Object.entries(fields).map(([name, value]): [string, unknown] => {
    if (typeof value === "bigint") return [name, String(value)];
    if (value instanceof Error) return [name, `${value.name}: ${value.message}`];
    return [name, isJson(value) ? value : String(value)];
  });
  return Object.fromEntries(carried);
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
