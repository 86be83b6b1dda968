import { fork, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Logger } from "@roboflow/core";
import { DistributedError } from "../error.js";
import { RemoteError } from "../records/error-record.js";
import { ChildMessage, type ChildRequest } from "./child-messages.js";
import type { Assemble, ConversionContext, Convert } from "./conversion.js";

export interface ChildRunnerOptions {
  /** `file:` URL of a module that calls `serveChild`. */
  readonly entry: URL;
  /** Node's own arguments; those of this process by default, so that it runs from source too. */
  readonly execArgv?: readonly string[];
  /** Environment of the processes; this process's by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** From SIGTERM to SIGKILL, milliseconds; 5,000 by default. */
  readonly killGraceMs?: number;
}

type LastMessage = Extract<ChildMessage, { type: "converted" | "assembled" | "failed" }>;

/**
 * Runs each conversion in a process of its own: the worker's heartbeats never wait for it, and a
 * crash or an out-of-memory costs one attempt.
 */
export class ChildRunner {
  readonly #options: ChildRunnerOptions;

  constructor(options: ChildRunnerOptions) {
    this.#options = options;
  }

  readonly convert: Convert = async (request, context) => {
    const last = await this.#run({ type: "convert", request }, context);
    if (last.type === "converted") return last.result;
    throw unexpected(last);
  };

  readonly assemble: Assemble = async (request, context) => {
    const last = await this.#run({ type: "assemble", request }, context);
    if (last.type === "assembled") return last.result;
    throw unexpected(last);
  };

  async #run(request: ChildRequest, context: ConversionContext): Promise<LastMessage> {
    const { signal, logger } = context;
    if (signal.aborted) throw aborted(signal);
    const child = this.#start(logger);
    const kill = (): void => this.#kill(child);
    signal.addEventListener("abort", kill, { once: true });
    let last: LastMessage | undefined;
    child.on("message", (value) => {
      last = handle(ChildMessage.parse(value), context) ?? last;
    });
    try {
      const end = closed(child);
      child.send(request, () => {});
      const { code, signal: killer } = await end;
      if (signal.aborted) throw aborted(signal);
      if (last?.type === "failed") throw new RemoteError(last.error);
      if (last) return last;
      throw crashed(code, killer);
    } finally {
      signal.removeEventListener("abort", kill);
    }
  }

  #start(logger: Logger): ChildProcess {
    const { entry, env = process.env, execArgv = inheritedArguments() } = this.#options;
    const child = fork(fileURLToPath(entry), [], {
      env,
      execArgv: [...execArgv],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      // Native libraries write here; it must be read, or the child would stop.
      if (stream) createInterface(stream).on("line", (line) => logger.debug(line));
    }
    return child;
  }

  #kill(child: ChildProcess): void {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#options.killGraceMs ?? 5_000);
    child.once("exit", () => clearTimeout(timer));
  }
}

/** A debugger's port can't be opened twice. */
function inheritedArguments(): string[] {
  return process.execArgv.filter((argument) => !argument.startsWith("--inspect"));
}

/** Passes log and progress on; gives a last message back. */
function handle(message: ChildMessage, context: ConversionContext): LastMessage | undefined {
  switch (message.type) {
    case "log":
      context.logger[message.level](message.message, message.fields);
      return undefined;
    case "progress":
      context.onProgress({ framesDone: message.framesDone, framesTotal: message.framesTotal });
      return undefined;
    case "retry":
      context.onRetry?.({ reason: message.reason });
      return undefined;
    case "converted":
    case "assembled":
    case "failed":
      return message;
  }
}

interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** When the process is gone and all that it sent has been read. */
function closed(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      if (child.pid !== undefined) return;
      reject(
        new DistributedError(
          "ERR_ROBOFLOW_CHILD_CRASHED",
          "The conversion process could not be started",
          { cause, permanence: "transient" },
        ),
      );
    });
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

function crashed(code: number | null, signal: NodeJS.Signals | null): DistributedError {
  const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`;
  const memory = signal === "SIGKILL" || signal === "SIGABRT";
  return new DistributedError(
    "ERR_ROBOFLOW_CHILD_CRASHED",
    `The conversion process ended ${how} before it gave a result`,
    {
      permanence: "transient",
      ...(memory ? { hint: "The machine may have been out of memory." } : {}),
    },
  );
}

function aborted(signal: AbortSignal): DistributedError {
  return new DistributedError("ERR_ROBOFLOW_ABORTED", "The conversion was stopped", {
    cause: signal.reason,
    permanence: "transient",
  });
}

function unexpected(last: LastMessage): DistributedError {
  return new DistributedError(
    "ERR_ROBOFLOW_CHILD_CRASHED",
    `The conversion process answered with "${last.type}"`,
  );
}
